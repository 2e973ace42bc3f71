"""Small pictures of every kind that a file holds."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

pixels = st.tuples(
    st.sampled_from([np.uint8, np.uint16]),
    st.integers(1, 9),
    st.integers(1, 9),
    st.sampled_from([(), (2,), (3,), (4,)]),
).flatmap(lambda kind: arrays(kind[0], (kind[1], kind[2], *kind[3])))
