"""Live: a face, its mood, and ten songs for it."""

import streamlit as st

from moodlib.ui import cards, live, session, song_cards

listener = session.open_page()
active, sitting = False, None

st.title("Ten songs for the face you are making", anchor=False)
st.markdown("Turn on the camera, take a photo, or say how you feel. The list follows your mood.")
cards.source_picker(listener)

stage, aside = st.columns([6, 5], gap="medium") if listener.source != "By hand" else (None, st.container())
if stage is not None:
    with stage:
        if listener.source == "Camera":
            active = live.live_camera(listener)
        elif listener.source == "Photo":
            sitting = live.photo(listener)
        else:
            sitting = live.file(listener)
with aside:
    if listener.source == "Camera" and (active or live.seen(listener)):
        live.mood_now(active)
    elif sitting is not None:
        live.still_mood(sitting)
    else:
        live.sky(listener)

if listener.source == "Camera" and (active or live.seen(listener)):
    live.timeline(active)
elif sitting is not None:
    live.still_timeline(sitting)

cards.hand_mood(listener)
if listener.mood is None:
    st.header("No mood yet: one song from each", anchor=False)
    cards.tasters()
else:
    cards.song_controls(listener)
    song_cards.song_list()
