"""What does the author's text say, and how is a fault in it shown?"""
