"""Excel files of statements: real dates and numbers, formulas where a person expects them."""
