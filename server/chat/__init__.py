"""What do customers, the shop and sellers write to each other?"""
