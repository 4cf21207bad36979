"""Where do labelled images come from? One file a kind of source."""
