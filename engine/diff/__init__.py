"""What is different between two rulesets: line by line, and in what they mean."""
