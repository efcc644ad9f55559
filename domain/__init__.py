"""What is true: rules as plain functions of facts and a time; standard library only."""
