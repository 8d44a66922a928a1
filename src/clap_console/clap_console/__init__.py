"""The page in the browser: say a sentence, stop it, see what is seen, and what is wrong.

``page`` is what the page tells, as plain values without ROS or network; ``web`` serves it; ``ros``
fills it from a running stack. Only ``ros`` knows of ROS, only ``web`` of HTTP.
"""
