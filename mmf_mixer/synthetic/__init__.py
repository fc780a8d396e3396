"""The sample data sets, and how they are drawn, sounded and worded."""
