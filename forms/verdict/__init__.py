"""The public verdict page: what a paper's QR code promises, told to anyone."""
