"""Tests of surveys, questions and versions."""
