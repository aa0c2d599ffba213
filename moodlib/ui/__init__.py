"""What several pages share; the only part that imports Streamlit."""
