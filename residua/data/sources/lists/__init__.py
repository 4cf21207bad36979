"""Which images does a list name, in whichever way spreadsheets and competitions write lists?"""
