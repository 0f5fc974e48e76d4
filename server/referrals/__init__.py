"""What customers bring along: coupon codes that the shop gives out, and how often codes and offers were used."""
