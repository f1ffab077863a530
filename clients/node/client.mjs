// A whole round of an event from JavaScript, over native gRPC: sign in, list, roll, submit, wait, claim. And a score on a
// leaderboard, and who stands where on it.
//
//   node client.mjs ADDRESS PROTO_FOLDER GOOGLE_PROTO_FOLDER EVENT LEADERBOARD PHASE
//
// PHASE is `play` (sign in, roll, submit) or `claim` (sign in with the same device and claim). Prints one JSON object.
// 64-bit numbers are strings on this side: a JavaScript number would lose their last digits.

import process from "node:process";
import grpc from "@grpc/grpc-js";
import loader from "@grpc/proto-loader";

const [address, protoFolder, googleFolder, event, leaderboard, phase] = process.argv.slice(2);
const definition = loader.loadSync(
  [
    "laurel/v1/session_service.proto",
    "laurel/v1/event_leaderboard_service.proto",
    "laurel/v1/leaderboard_service.proto",
    "laurel/v1/reward_service.proto",
  ],
  { includeDirs: [protoFolder, googleFolder], longs: String, enums: String, defaults: true, oneofs: true },
);
const { laurel } = grpc.loadPackageDefinition(definition);
const credentials = grpc.credentials.createInsecure();

const session = new laurel.v1.SessionService(address, credentials);
const events = new laurel.v1.EventLeaderboardService(address, credentials);
const boards = new laurel.v1.LeaderboardService(address, credentials);
const rewards = new laurel.v1.RewardService(address, credentials);

function call(client, method, request, metadata = new grpc.Metadata()) {
  const deadline = new Date(Date.now() + 10_000);
  return new Promise((resolve, reject) => {
    client[method](request, metadata, { deadline }, (error, answer) => (error ? reject(error) : resolve(answer)));
  });
}

async function signIn() {
  const answer = await call(session, "authenticate", { deviceId: "node-device-000001", name: "Node" });
  const metadata = new grpc.Metadata();
  metadata.set("authorization", `Bearer ${answer.session.token}`);
  return { player: answer.session.playerId, metadata };
}

async function play() {
  const { player, metadata } = await signIn();
  const listed = await call(events, "listEventLeaderboards", { withDefinition: true }, metadata);
  const rolled = await call(events, "rollCohort", { id: event, metadata: '{"client":"node"}' }, metadata);
  const best = { id: event, score: "9007199254740993", requestId: "node-1", view: "STANDINGS_VIEW_AROUND" };
  const submitted = await call(events, "submitScore", best, metadata);
  const scored = await call(boards, "submitScore", { key: leaderboard, score: 0.25, requestId: "node-2" }, metadata);
  const { page } = await call(boards, "listEntriesAroundPlayer", { key: leaderboard, pageSize: 5 }, metadata);
  let refusal = null;
  try {
    await call(events, "claimReward", { id: event }, metadata);
  } catch (error) {
    refusal = { code: error.code, details: error.metadata.get("grpc-status-details-bin").length };
  }
  return { player, events: listed.eventLeaderboards.map((one) => one.id), rolled, submitted, scored, page, refusal };
}

async function claim() {
  const { player, metadata } = await signIn();
  const claimed = await call(events, "claimReward", { id: event, requestId: "node-claim" }, metadata);
  const wallet = await call(rewards, "getWallet", {}, metadata);
  return { player, claimed, wallet };
}

const answer = await (phase === "play" ? play() : claim());
process.stdout.write(`${JSON.stringify(answer)}\n`);
process.exit(0);
