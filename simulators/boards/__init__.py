"""Simulated boards of outputs and inputs, with codecs of their own."""
