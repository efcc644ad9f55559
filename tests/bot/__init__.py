"""Tests of how we talk."""
