"""Whatever is killed, however often: the catalogue is the one that an undisturbed crawl makes."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from catalog.synthesis.archive import COLLECTIONS  # noqa: F401 - replaced below
