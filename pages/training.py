"""Training: how the models learnt, and how good they are."""

import streamlit as st

from moodlib.ui import runs, session, training, training_quality, training_ranker, training_rooms, training_speed

session.open_page()

st.title("How good is it?", anchor=False)
st.markdown("Every figure on this page is read from a file of the repository, named below it.")

faces, songs = st.tabs(["Faces", "Songs"])
with faces:
    found = runs.find()
    with st.container(horizontal=True, gap="medium"):
        run = training.choose_run(found, "Training run", "emotion_run")
        others = training.choose_others(found, run) if run else []
    if run is None:
        training.missing("No run of the emotion network is recorded yet", runs.TRAIN_EMOTION)
    else:
        training.headline(run)
        training.compare(run, others)
        training.learning(run)
        training_quality.mistakes(run)
        training_quality.emotions(run)
        left, right = st.columns(2, gap="medium")
        with left:
            training_quality.calibration(run)
        with right:
            training_quality.one_answer(run)
        training_rooms.rooms(run, found)
        left, right = st.columns([2, 3], gap="medium")
        with left:
            training_rooms.balance(run)
        with right:
            training_rooms.size(run)
        training_speed.frames()
        training.tried()
with songs:
    run = training.choose_run(runs.find(rankers=True), "Training run", "ranker_run")
    if run is None:
        training.missing("No run of the ranker is recorded yet", runs.TRAIN_RANKER)
    else:
        training_ranker.ranker(run)
