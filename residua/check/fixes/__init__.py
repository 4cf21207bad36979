"""Which edits mend a finding, and do they? Names no finding as mended that was not checked again."""
