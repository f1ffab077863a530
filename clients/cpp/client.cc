// A whole round of an event from C++, over native gRPC: sign in, list, roll, submit, wait, claim. And a score on a
// leaderboard, and who stands where on it.
//
//   client ADDRESS EVENT LEADERBOARD PHASE
//
// PHASE is `play` (sign in, list, roll, submit, be refused) or `claim` (sign in with the same device and claim). Prints one
// JSON object, as clients/node/client.mjs does.

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>

#include <google/protobuf/util/json_util.h>
#include <grpcpp/grpcpp.h>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "laurel/v1/event_leaderboard_service.grpc.pb.h"
#include "laurel/v1/leaderboard_service.grpc.pb.h"
#include "laurel/v1/reward_service.grpc.pb.h"
#include "laurel/v1/session_service.grpc.pb.h"

namespace pb = laurel::v1;

namespace {

std::string Json(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  std::string text;
  if (!google::protobuf::util::MessageToJsonString(message, &text, options).ok()) throw std::runtime_error("no JSON");
  return text;
}

// What the server said in the details of a status: the reason to switch on, never the sentence.
std::string Reason(const grpc::Status& status) {
  google::rpc::Status details;
  google::rpc::ErrorInfo info;
  if (!details.ParseFromString(status.error_details())) return "";
  for (const auto& detail : details.details()) {
    if (detail.UnpackTo(&info)) return info.reason();
  }
  return "";
}

// Calls a server. A session's token goes with every call that is made after signing in.
class Client {
 public:
  explicit Client(const std::shared_ptr<grpc::Channel>& channel)
      : session_(pb::SessionService::NewStub(channel)),
        events_(pb::EventLeaderboardService::NewStub(channel)),
        boards_(pb::LeaderboardService::NewStub(channel)),
        rewards_(pb::RewardService::NewStub(channel)) {}

  // Signs in and returns the player's id.
  std::string SignIn() {
    pb::AuthenticateRequest request;
    request.set_device_id("cpp-device-0000001");
    request.set_name("C++");
    const auto answer = Call(*session_, &pb::SessionService::Stub::Authenticate, request);
    token_ = answer.session().token();
    return answer.session().player_id();
  }

  void Play(const std::string& event, const std::string& leaderboard) {
    const std::string player = SignIn();
    const auto listed =
        Call(*events_, &pb::EventLeaderboardService::Stub::ListEventLeaderboards, pb::ListEventLeaderboardsRequest());
    pb::RollCohortRequest roll;
    roll.set_id(event);
    roll.set_metadata(R"({"client":"c++"})");
    const auto rolled = Call(*events_, &pb::EventLeaderboardService::Stub::RollCohort, roll);
    pb::SubmitScoreRequest submit;
    submit.set_id(event);
    submit.set_score(9007199254740993);
    submit.set_request_id("cpp-1");
    submit.set_view(pb::STANDINGS_VIEW_AROUND);
    const auto submitted = Call(*events_, &pb::EventLeaderboardService::Stub::SubmitScore, submit);
    pb::LeaderboardServiceSubmitScoreRequest score;
    score.set_key(leaderboard);
    score.set_score(0.25);
    score.set_request_id("cpp-2");
    const auto scored = Call(*boards_, &pb::LeaderboardService::Stub::SubmitScore, score);
    pb::ListEntriesAroundPlayerRequest around;
    around.set_key(leaderboard);
    around.set_page_size(5);
    const auto page = Call(*boards_, &pb::LeaderboardService::Stub::ListEntriesAroundPlayer, around).page();
    pb::ClaimRewardRequest claim;
    claim.set_id(event);
    pb::ClaimRewardResponse unclaimed;
    const auto refusal = Ask(*events_, &pb::EventLeaderboardService::Stub::ClaimReward, claim, &unclaimed);
    std::string events;
    for (const auto& one : listed.event_leaderboards()) events += (events.empty() ? "\"" : ",\"") + one.id() + "\"";
    std::cout << R"({"player":")" << player << R"(","events":[)" << events << R"(],"rolled":)" << Json(rolled)
              << R"(,"submitted":)" << Json(submitted) << R"(,"scored":)" << Json(scored) << R"(,"page":)" << Json(page)
              << R"(,"refusal":{"code":)" << refusal.error_code()
              << R"(,"reason":")" << Reason(refusal) << "\"}}\n";
  }

  void Claim(const std::string& event) {
    const std::string player = SignIn();
    pb::ClaimRewardRequest claim;
    claim.set_id(event);
    claim.set_request_id("cpp-claim");
    const auto claimed = Call(*events_, &pb::EventLeaderboardService::Stub::ClaimReward, claim);
    const auto wallet = Call(*rewards_, &pb::RewardService::Stub::GetWallet, pb::GetWalletRequest());
    std::cout << R"({"player":")" << player << R"(","claimed":)" << Json(claimed) << R"(,"wallet":)" << Json(wallet)
              << "}\n";
  }

 private:
  template <typename Stub, typename Request, typename Answer>
  grpc::Status Ask(Stub& stub, grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Answer*),
                   const Request& request, Answer* answer) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
    if (!token_.empty()) context.AddMetadata("authorization", "Bearer " + token_);
    return (stub.*method)(&context, request, answer);
  }

  // As Ask, where a refusal is a failure of this program.
  template <typename Stub, typename Request, typename Answer>
  Answer Call(Stub& stub, grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Answer*),
              const Request& request) {
    Answer answer;
    const grpc::Status status = Ask(stub, method, request, &answer);
    if (!status.ok()) throw std::runtime_error(Reason(status) + ": " + status.error_message());
    return answer;
  }

  std::string token_;
  std::unique_ptr<pb::SessionService::Stub> session_;
  std::unique_ptr<pb::EventLeaderboardService::Stub> events_;
  std::unique_ptr<pb::LeaderboardService::Stub> boards_;
  std::unique_ptr<pb::RewardService::Stub> rewards_;
};

}  // namespace

int main(int count, char** arguments) {
  if (count != 5) {
    std::cerr << "usage: client ADDRESS EVENT LEADERBOARD PHASE\n";
    return EXIT_FAILURE;
  }
  const std::string event = arguments[2], leaderboard = arguments[3], phase = arguments[4];
  try {
    Client client(grpc::CreateChannel(arguments[1], grpc::InsecureChannelCredentials()));
    if (phase == "play") {
      client.Play(event, leaderboard);
    } else {
      client.Claim(event);
    }
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}
