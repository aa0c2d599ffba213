from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd
import pytest
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest

from moodlib import paths
from moodlib.emotions import EMOTIONS, NAMES
from moodlib.mood.state import MoodState
from moodlib.mood.target import target_of_emotion
from moodlib.spotify.embed import PLAYER_SCRIPT, player_url
from moodlib.ui import privacy, runs, session, words


def everything(app: AppTest) -> str:
    return "\n".join(str(element.value) for element in [*app.title, *app.header, *app.markdown, *app.caption])


def song_ids(app: AppTest) -> list[str]:
    return [button.key.removeprefix("play_") for button in app.button if str(button.key).startswith("play_")]


def pick(app: AppTest, name: str | None) -> AppTest:
    return app.get_by_key("hand_mood").set_value(name).run()


def seen(emotion: str, *, stable: bool = True, known: bool = True, faces: int = 1) -> MoodState:
    probabilities = np.full(7, 0.02, dtype=np.float32)
    probabilities[NAMES.index(emotion)] = 0.88
    return MoodState(
        at=0.0, known=known, paused=not known, fading=False, emotion=emotion if known else None,
        stable=emotion if stable else None, confidence=0.88 if known else 0.0, probabilities=probabilities,
        valence=0.5 if known else 0.0, arousal=0.2 if known else 0.0, faces=faces,
    )  # fmt: skip


class Camera:
    """A camera link whose snapshot a test writes down."""

    def __init__(self, state: MoodState | None, **changes: Any) -> None:
        from moodlib.ui.camera import CameraLink, Snapshot

        self._link = CameraLink()
        if state is not None:
            self._link.timeline.add(state)
        values = {
            "frames": 12, "rate": 11.8, "live": True, "state": state, "errors": 0, "problem": "",
            "readings": 1, "waiting": 0.0, **changes,
        }  # fmt: skip
        self.snapshot_now = Snapshot(**values)

    def snapshot(self) -> object:
        return self.snapshot_now

    def __getattr__(self, name: str) -> object:
        return getattr(self._link, name)


def with_camera(app: AppTest, camera: Camera) -> AppTest:
    app.session_state["listener"].camera = camera
    return app.run()


def test_first_visit_shows_what_to_do_and_one_song_for_each_mood(app: AppTest) -> None:
    assert not app.exception
    text = everything(app)
    assert "START" in text
    assert "No mood yet" in text
    assert [button.key for button in app.button if str(button.key).startswith("mood_")] == [f"mood_{n}" for n in NAMES]
    assert not song_ids(app)


@pytest.mark.parametrize("page", ["live", "tune", "training", "privacy"])
def test_a_page_opened_first_still_gets_the_apps_frame(page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(paths.ROOT)
    monkeypatch.setattr(PagesManager, "uses_pages_directory", True)
    with patch("streamlit.rerun", side_effect=SystemExit) as rerun, pytest.raises(SystemExit):
        session.open_page()
    rerun.assert_called_once_with()
    assert PagesManager.uses_pages_directory is False
    assert "session.open_page()" in (paths.ROOT / "pages" / f"{page}.py").read_text()


def test_no_stun_server_is_asked_unless_the_secrets_name_one(app: AppTest, video: SimpleNamespace) -> None:
    assert video.streamer.call_args.kwargs["rtc_configuration"] == {"iceServers": []}
    server = {"urls": "turn:turn.example.org", "username": "u", "credential": "c"}
    app.secrets["ice_servers"] = [server]
    app.run()
    assert video.streamer.call_args.kwargs["rtc_configuration"] == {"iceServers": [server]}


def test_a_mood_picked_by_hand_gives_ten_songs_of_the_catalogue(app: AppTest) -> None:
    pick(app, "sad")
    assert not app.exception
    ids = song_ids(app)
    assert len(ids) == len(set(ids)) == 10
    catalogue = pd.read_parquet(paths.CATALOGUE, columns=["track_id", "title", "artist", "year"]).set_index("track_id")
    assert set(ids) <= set(catalogue.index)
    first = catalogue.loc[ids[0]]
    card = everything(app.container(key="song_1"))
    assert words.plain(first["title"]) in card
    assert words.plain(first["artist"]) in card
    assert str(first["year"]) in card
    assert "picked by hand" in everything(app)


def test_letting_go_of_the_pick_leaves_no_made_up_mood(app: AppTest) -> None:
    pick(app, "sad")
    pick(app, None)
    assert app.session_state["listener"].mood is None
    assert "No mood yet" in everything(app)


def test_the_list_stays_until_refresh_and_then_changes(app: AppTest) -> None:
    pick(app, "happy")
    before = song_ids(app)
    app.button(key=f"like_{before[3]}").click().run()
    assert song_ids(app) == before
    assert app.session_state["listener"].taste.liked == (before[3],)
    app.button(key="refresh").click().run()
    assert song_ids(app) != before


def test_a_second_click_takes_a_like_back(app: AppTest) -> None:
    pick(app, "happy")
    first = song_ids(app)[0]
    app.button(key=f"like_{first}").click().run()
    app.button(key=f"like_{first}").click().run()
    assert app.session_state["listener"].taste.liked == ()


def players(app: AppTest) -> list[str]:
    """Addresses that the players on the page were told to load."""
    told = [json.loads(each.proto.json) for each in app.get("bidi_component") if each.proto.json]
    return [data["src"] for data in told if "src" in data]


def test_no_player_before_a_click_and_one_after_it(app: AppTest) -> None:
    pick(app, "happy")
    assert not players(app)
    third = song_ids(app)[2]
    app.button(key=f"play_{third}").click().run()
    assert players(app) == [player_url(third)]


def test_the_list_is_played_as_a_queue_with_the_song_that_is_on_marked(app: AppTest) -> None:
    pick(app, "happy")
    ids = song_ids(app)
    app.button(key="queue_all").click().run()
    assert not app.exception
    queue = next(json.loads(each.proto.json) for each in app.get("bidi_component") if "songs" in each.proto.json)
    assert [song["id"] for song in queue["songs"]] == ids
    assert queue["script"] == PLAYER_SCRIPT
    assert "playing" in everything(app.container(key="song_1"))
    assert "playing" not in everything(app.container(key="song_2"))
    app.button(key="refresh").click().run()
    assert [song["id"] for song in app.session_state["listener"].queue] == ids, "a new list stops no song"
    app.button(key="queue_stop").click().run()
    assert app.session_state["listener"].queue == []


def test_players_at_once_is_remembered_over_pages(app: AppTest) -> None:
    pick(app, "happy")
    app.toggle(key="load_at_once").set_value(True).run()
    assert len(players(app)) == 10
    app.switch_page("pages/privacy.py").run()
    assert app.metric[3].value == "10"
    app.switch_page("pages/live.py").run()
    assert players(app) == [player_url(track_id) for track_id in song_ids(app)]


def test_the_songs_follow_the_stable_mood(app: AppTest, video: SimpleNamespace) -> None:
    video.state.playing = True
    with_camera(app, Camera(seen("happy", stable=False)))
    assert "none yet" in everything(app.container(key="stable_mood"))
    assert not song_ids(app)
    with_camera(app, Camera(seen("happy")))
    assert "happy" in everything(app.container(key="stable_mood"))
    assert "88% sure" in everything(app.container(key="mood_now"))
    happy = song_ids(app)
    assert len(happy) == 10
    with_camera(app, Camera(seen("sad", stable=False)))
    assert song_ids(app) == happy
    with_camera(app, Camera(seen("sad")))
    assert len(song_ids(app)) == 10
    assert song_ids(app) != happy


@pytest.mark.parametrize("hold", ["lock", "hand"])
def test_a_locked_or_picked_mood_does_not_follow_the_camera(app: AppTest, video: SimpleNamespace, hold: str) -> None:
    video.state.playing = True
    with_camera(app, Camera(seen("happy")))
    if hold == "lock":
        app.toggle(key="lock").set_value(True).run()
    else:
        pick(app, "angry")
    before = song_ids(app)
    with_camera(app, Camera(seen("sad")))
    assert song_ids(app) == before


def test_without_a_face_there_is_no_mood(app: AppTest, video: SimpleNamespace) -> None:
    video.state.playing = True
    with_camera(app, Camera(seen("happy", stable=False, known=False, faces=0)))
    assert "No face" in everything(app.container(key="mood_now"))
    assert app.session_state["listener"].mood is None


def test_a_camera_that_does_not_connect_is_said_in_one_sentence(app: AppTest, video: SimpleNamespace) -> None:
    video.state.signalling = True
    with_camera(app, Camera(None, frames=0, live=False, waiting=10.5))
    assert [warning.value for warning in app.warning] == [
        "No picture has come from the camera for ten seconds; check that no other program holds it, or use a photo, "
        "a file or your own word instead."
    ]
    app.button(key="instead_By hand").click().run()
    assert app.session_state["listener"].source == "By hand"


def test_frames_that_cannot_be_read_are_said(app: AppTest, video: SimpleNamespace) -> None:
    video.state.playing = True
    with_camera(app, Camera(None, problem="emotion.tflite is missing; restore it from the repository.", errors=3))
    assert "emotion.tflite is missing" in app.warning[0].value


def upload(app: AppTest, name: str, data: bytes) -> AppTest:
    app.get_by_key("source").set_value("File").run()
    app.file_uploader(key="file").upload(name, data)
    return app.run()


@pytest.mark.parametrize("name", ["letter.jpg", "letter.mp4"])
def test_a_bad_file_is_said_in_a_sentence_and_the_page_stays_usable(app: AppTest, name: str) -> None:
    upload(app, name, b"Dear Sir or Madam, this is not a picture. " * 20)
    assert not app.exception
    assert len(app.error) == 1
    assert app.error[0].value.endswith(".")
    pick(app, "surprise")
    assert len(song_ids(app)) == 10


def test_a_photo_of_a_smiling_face_gives_happy_songs(app: AppTest) -> None:
    upload(app, "astronaut.png", astronaut())
    assert not app.exception
    assert not app.error
    assert "Happy" in everything(app.container(key="mood_now"))
    assert app.session_state["listener"].mood == session.Mood("happy", "File")
    assert len(song_ids(app)) == 10


def test_a_photo_without_a_face_gives_no_mood(app: AppTest) -> None:
    import cv2

    wall = cv2.imencode(".png", np.full((240, 320, 3), 120, np.uint8))[1].tobytes()
    upload(app, "wall.png", wall)
    assert "No face" in everything(app.container(key="mood_now"))
    assert not song_ids(app)


def astronaut() -> bytes:
    import cv2
    from skimage import data

    return bytes(cv2.imencode(".png", data.astronaut()[:, :, ::-1])[1].tobytes())


def test_live_uses_what_tune_set(app: AppTest) -> None:
    pick(app, "happy")
    before = song_ids(app)
    app.switch_page("pages/tune.py").run()
    app.slider(key="weight_energy").set_value(-1.0).run()
    app.switch_page("pages/live.py").run()
    assert song_ids(app) != before


def test_a_journey_on_the_live_page_goes_where_and_as_long_as_asked_and_is_drawn(app: AppTest) -> None:
    pick(app, "sad")
    app.get_by_key("strategy").set_value("journey").run()
    app.selectbox(key="to").set_value("calm").run()
    app.slider(key="length").set_value(7).run()
    assert not app.exception
    assert len(song_ids(app)) == 7
    app.get_by_key("journey_by").set_value("Minutes").run()
    app.slider(key="minutes").set_value(35).run()
    choice = app.session_state["listener"].chosen
    assert choice.target == target_of_emotion("calm")
    assert choice.songs["duration_ms"].sum() / 60_000 == pytest.approx(35, abs=2)
    sent = next(json.loads(each.proto.json) for each in app.get("bidi_component") if "figure" in each.proto.json)
    drawn = json.loads(sent["figure"])
    way = next(trace for trace in drawn["data"] if trace.get("name") == "way")
    assert way["x"][-1] == pytest.approx(target_of_emotion("calm").valence)
    # The Tune page has the same setting, and its address holds it.
    app.switch_page("pages/tune.py").run()
    assert app.slider(key="minutes").value == 35
    assert app.selectbox(key="to").value == "calm"
    assert "minutes" in app.query_params


def test_a_control_that_two_pages_share_shows_the_same_on_both(app: AppTest) -> None:
    pick(app, "sad")
    app.switch_page("pages/tune.py").run()
    assert app.get_by_key("hand_mood").value == "sad"
    app.get_by_key("hand_mood").set_value("angry").run()
    app.switch_page("pages/live.py").run()
    assert app.get_by_key("hand_mood").value == "angry"
    assert app.session_state["listener"].picked == "angry"


def test_the_way_of_a_journey_is_drawn_around_the_mood_of_a_photo_too(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[Any] = []
    monkeypatch.setattr("moodlib.ui.cards.steady_chart", lambda figure, key, *_, **__: drawn.append((key, figure)))
    upload(app, "astronaut.png", astronaut())
    app.get_by_key("strategy").set_value("journey").run()
    app.selectbox(key="to").set_value("calm").run()
    figure = [figure for key, figure in drawn if key == "still_map"][-1]
    assert "way" in {trace.name for trace in figure.data}
    app.get_by_key("strategy").set_value("match").run()
    figure = [figure for key, figure in drawn if key == "still_map"][-1]
    assert "way" not in {trace.name for trace in figure.data}


@pytest.fixture
def trained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "small-1"
    folder.mkdir()
    epochs = range(4)
    pd.DataFrame(
        {
            "epoch": epochs,
            **{c: [0.3, 0.4, 0.6, 0.5] for c in ("fer2013_accuracy", "ferplus_accuracy", "val_ferplus_accuracy")},
            "val_fer2013_accuracy": [0.2, 0.4, 0.61, 0.5],
            "loss": [3.0, 2.0, 1.5, 1.2],
            "val_loss": [3.1, 2.2, 1.9, 2.0],
            "learning_rate": [0.1, 0.08, 0.03, 0.0],
        }
    ).to_csv(folder / "history.csv", index=False)
    metrics = {
        "fer2013_accuracy": 0.651,
        "ferplus_majority_accuracy": 0.7,
        "macro_f1": 0.6,
        "served": {"fer2013_accuracy": 0.66, "ece": 0.03},
        "per_class": {n: {"precision": 0.6, "recall": 0.5, "f1": 0.55, "support": 100} for n in NAMES},
        "confusion": (np.eye(7, dtype=int) * 90 + 1).tolist(),
        "reliability": [{"low": 0.5, "high": 0.6, "n": 40, "confidence": 0.55, "accuracy": 0.5}],
    }
    (folder / "metrics.json").write_text(json.dumps(metrics))
    ranker = tmp_path / "ranker-1"
    ranker.mkdir()
    (ranker / "metrics.json").write_text(json.dumps({"ndcg@20": {"ranker": 0.8, "rule": 0.5}}))
    found = runs.find
    monkeypatch.setattr(runs, "find", lambda *, rankers=False: found(tmp_path, rankers=rankers))
    return tmp_path


def test_training_shows_every_figure_with_its_file(app: AppTest, trained: Path) -> None:
    app.switch_page("pages/training.py").run()
    assert not app.exception
    assert [metric.value for metric in app.metric][:2] == ["65.1%", "66.0%"]
    sources = [caption.value.split(" ")[1] for caption in app.caption if "description" in caption.value]
    assert any(value.endswith("small-1/history.csv") for value in sources)
    assert any(value.endswith("small-1/metrics.json") for value in sources)
    assert any(value.endswith("ranker-1/metrics.json") for value in sources)
    # Two curves, the learning rate, confusion, each emotion, calibration, the frame; and the ranker's comparison.
    assert len(app.get("plotly_chart")) == 8
    assert len(app.get("download_button")) >= 7


def test_training_names_the_command_for_each_figure_that_is_missing(app: AppTest, trained: Path) -> None:
    app.switch_page("pages/training.py").run()
    commands = [code.value for code in app.code]
    for command in (runs.EVALUATE_SERVING, runs.EVALUATE_ROBUSTNESS, runs.MEASURE_AGAIN):
        assert command in commands or command.replace("RUN", "small-1") in commands


def test_training_compares_runs(app: AppTest, trained: Path) -> None:
    (trained / "small-2").mkdir()
    for file in ("history.csv", "metrics.json"):
        (trained / "small-2" / file).write_text((trained / "small-1" / file).read_text())
    app.switch_page("pages/training.py").run()
    app.get_by_key("emotion_run").set_value("small-1").run()
    app.get_by_key("compare").set_value(["small-2"]).run()
    assert not app.exception
    assert any(list(frame.value.get("run", [])) == ["small-1", "small-2"] for frame in app.dataframe)


def test_a_training_under_way_is_followed(app: AppTest, trained: Path) -> None:
    (trained / "small-1" / "metrics.json").unlink()
    (trained / "small-1" / "config.json").write_text('{"fit": {"epochs": 8}}')
    app.switch_page("pages/training.py").run()
    assert not app.exception
    assert "Epoch 4 of 8 is whole" in app.get("progress")[0].proto.text


def test_training_says_which_command_makes_what_is_missing(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "find", lambda *, rankers=False: [])
    app.switch_page("pages/training.py").run()
    assert not app.exception
    assert [code.value for code in app.code] == [runs.TRAIN_EMOTION, runs.TRAIN_RANKER]


def test_the_best_epoch_is_the_one_with_the_best_validation_accuracy(trained: Path) -> None:
    assert runs.find()[0].best == 2


def test_privacy_names_every_address_with_its_switch(app: AppTest) -> None:
    app.switch_page("pages/privacy.py").run()
    assert not app.exception
    contacted = privacy.CONTACTED
    assert not contacted.map(lambda cell: cell == "").any(axis=None)
    assert any("127.0.0.1" in address for address in contacted["Address"])
    assert any("open.spotify.com" in address for address in contacted["Address"])
    assert [metric.value for metric in app.metric] == ["0"] * 6


def test_addresses_in_the_code_are_named_on_the_privacy_page() -> None:
    named = " ".join(privacy.CONTACTED["Address"])
    files = [paths.ROOT / "app.py", *(paths.ROOT / "pages").glob("*.py"), *(paths.ROOT / "moodlib").rglob("*.py")]
    serving = [file for file in files if "training" not in file.parts and "commands" not in file.parts]
    hosts = {host for file in serving for host in re.findall(r"https?://([\w.-]+\w)", file.read_text())}
    assert hosts, "the player's address at least is in the code"
    # The name of an XML namespace looks like an address and is none.
    hosts -= {"xspf.org"}
    assert {host for host in hosts if host not in named} == set()


def test_the_theme_gives_streamlits_colour_names_the_emotions_colours() -> None:
    theme = tomllib.loads((paths.ROOT / ".streamlit" / "config.toml").read_text())["theme"]
    for emotion in EMOTIONS:
        assert theme[f"{words.COLOURS[emotion.name]}Color"] == emotion.colour


def test_the_server_stays_on_this_computer_and_sends_no_statistics() -> None:
    config = tomllib.loads((paths.ROOT / ".streamlit" / "config.toml").read_text())
    assert config["server"]["address"] == "127.0.0.1"
    assert config["browser"]["gatherUsageStats"] is False
    assert "http" not in json.dumps(config["theme"])
