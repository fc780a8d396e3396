"""A whole video in, a labelled timeline out: windows, segments, reasons, and exports to the tools people use."""
