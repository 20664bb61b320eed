# 64 bytes of comment, many times over, until nobody reads it all
