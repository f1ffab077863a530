"""Requests and answers of all calls that players make, in one place: what `before_` and `after_` hooks are given."""

# ruff: noqa: F403 - all messages of each service, whatever they are
from server.api.pb.event_leaderboard_pb2 import *
from server.api.pb.event_leaderboard_service_pb2 import *
from server.api.pb.leaderboard_pb2 import *
from server.api.pb.leaderboard_service_pb2 import *
from server.api.pb.module_service_pb2 import *
from server.api.pb.reward_pb2 import *
from server.api.pb.reward_service_pb2 import *
from server.api.pb.session_service_pb2 import *
