"""Training: how the models learnt, and how good they are."""

import streamlit as st

from moodlib.ui import runs, session, training

session.open_page()

st.title("How good is it?", anchor=False)
st.markdown("Every figure on this page is read from a file of the repository, named below it.")

faces, songs = st.tabs(["Faces", "Songs"])
with faces:
    run = training.choose_run(runs.find(), "Training run", "emotion_run")
    if run is None:
        training.missing("No run of the emotion network is recorded yet", runs.TRAIN_EMOTION)
    else:
        training.headline(run)
        training.learning(run)
        training.mistakes(run)
with songs:
    run = training.choose_run(runs.find(rankers=True), "Training run", "ranker_run")
    if run is None:
        training.missing("No run of the ranker is recorded yet", runs.TRAIN_RANKER)
    else:
        training.ranker(run)
