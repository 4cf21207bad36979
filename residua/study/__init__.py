"""What does the residual connection do? Each claim is one study: a plan, a measurement, a table, figures and a page."""
