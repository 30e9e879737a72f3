"""The beginning of RFB, the protocol of VNC: versions, and how each end is trusted."""
