"""The keypoint finder `learned`: a small network over the fused cloud that follows the words.

A cloud becomes tokens (`tokens`), a sub-task a query (`query`); the network (`network`) says how
probable the keypoint is near each token and where exactly, or that what is named is not there.
"""
