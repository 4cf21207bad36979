"""How fast is a network in each engine and precision that there is here? contestants → turns → rows → fastest."""
