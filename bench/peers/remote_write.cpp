// headroom-remote-write: sends a dataset to another time-series store by Prometheus remote
// write 1.0 (https://prometheus.io/docs/specs/prw/remote_write_spec/), so that it gets the very
// samples that Headroom got. Samples go in the order of time, as from live agents.
#include <cstdio>
#include <snappy.h>
#include <string>

#include <CLI/CLI.hpp>

#include "bench/loadgen/dataset.h"
#include "common/base/text.h"
#include "common/codec/bytes.h"
#include "common/http/client.h"

namespace {

using namespace headroom;
using loadgen::Dataset;

struct Options {
  std::string dataset;
  std::string url;
  std::string path = "/api/v1/write";
  std::string end_at;
  std::string host_prefix = "h";
  std::uint32_t batch_samples = 10'000;
  std::uint32_t batch_steps = 1;  // samples of one series in one request
  std::uint32_t copies = 1;
};

// Fields of the messages, as protobuf tags: number << 3 | wire type.
constexpr char kRequestSeries = 1 << 3 | 2;
constexpr char kSeriesLabel = 1 << 3 | 2;
constexpr char kSeriesSample = 2 << 3 | 2;
constexpr char kLabelName = 1 << 3 | 2;
constexpr char kLabelValue = 2 << 3 | 2;
constexpr char kSampleValue = 1 << 3 | 1;
constexpr char kSampleTime = 2 << 3 | 0;

void put_field(std::string& out, char tag, std::string_view content) {
  out.push_back(tag);
  codec::put_text(out, content);
}

void put_label(std::string& out, std::string_view name, std::string_view value) {
  std::string label;
  put_field(label, kLabelName, name);
  put_field(label, kLabelValue, value);
  put_field(out, kSeriesLabel, label);
}

void put_sample(std::string& out, UnixMs time, double value) {
  std::string sample(1, kSampleValue);
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof(bits));
  codec::put_le(sample, bits);
  sample.push_back(kSampleTime);
  codec::put_varint(sample, static_cast<std::uint64_t>(time));
  put_field(out, kSeriesSample, sample);
}

// Prometheus takes no dots in names.
std::string prometheus_name(std::string name) {
  for (char& c : name) {
    const bool fine =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    if (!fine) c = '_';
  }
  return name;
}

class Sender {
 public:
  Sender(const Dataset& dataset, const Options& options, std::int64_t shift_ms)
      : dataset_(dataset),
        options_(options),
        shift_ms_(shift_ms),
        client_({{}, options.url, std::chrono::minutes(5)}) {
    make_labels();
  }

  Status send_all() {
    for (std::uint32_t step = 0; step < dataset_.steps(); step += options_.batch_steps) {
      const std::uint32_t end = std::min(step + options_.batch_steps, dataset_.steps());
      for (std::uint32_t host = 0; host < dataset_.hosts(); ++host) {
        if (auto added = add_host(host, step, end); !added) return added;
      }
    }
    return send();
  }

  std::uint64_t samples() const { return samples_; }
  std::uint64_t requests() const { return requests_; }
  std::uint64_t bytes() const { return bytes_; }

 private:
  // By host, copy, metric.
  void make_labels() {
    for (std::uint32_t host = 0; host < dataset_.hosts(); ++host) {
      for (std::uint32_t copy = 0; copy < options_.copies; ++copy) {
        for (const loadgen::Metric& metric : dataset_.metrics()) {
          std::string& out = labels_.emplace_back();
          put_label(out, "__name__", prometheus_name(metric.name));
          if (options_.copies > 1) put_label(out, "copy", std::to_string(copy));
          put_label(out, "dc", loadgen::data_center_of(host));
          put_label(out, "host", loadgen::host_name(options_.host_prefix, host));
          put_label(out, "role", loadgen::role_of(host));
        }
      }
    }
  }

  Status add_host(std::uint32_t host, std::uint32_t begin, std::uint32_t end) {
    const auto metrics = static_cast<std::uint32_t>(dataset_.metrics().size());
    for (std::uint32_t copy = 0; copy < options_.copies; ++copy) {
      const auto offset =
          static_cast<std::uint32_t>(std::uint64_t{copy} * dataset_.steps() / options_.copies);
      for (std::uint32_t metric = 0; metric < metrics; ++metric) {
        const std::size_t series = (std::size_t{host} * options_.copies + copy) * metrics + metric;
        one_ = labels_[series];
        std::uint32_t count = 0;
        for (std::uint32_t step = begin; step < end; ++step) {
          const double value = dataset_.value((step + offset) % dataset_.steps(), host, metric);
          if (is_missing(value)) continue;
          put_sample(one_, dataset_.time(step, host) + shift_ms_, value);
          ++count;
        }
        if (count == 0) continue;
        put_field(request_, kRequestSeries, one_);
        waiting_ += count;
        if (waiting_ < options_.batch_samples) continue;
        if (auto sent = send(); !sent) return sent;
      }
    }
    return {};
  }

  Status send() {
    if (waiting_ == 0) return {};
    snappy::Compress(request_.data(), request_.size(), &compressed_);
    const auto answer =
        client_.request("POST", options_.path, {}, compressed_, "application/x-protobuf");
    if (!answer) return fail(answer.error());
    if (answer->status / 100 != 2) {
      return fail(ErrorCode::kUnavailable, options_.url + options_.path + " answers " +
                                               std::to_string(answer->status) + ": " +
                                               answer->body.substr(0, 200));
    }
    samples_ += waiting_;
    bytes_ += compressed_.size();
    ++requests_;
    waiting_ = 0;
    request_.clear();
    return {};
  }

  const Dataset& dataset_;
  const Options& options_;
  std::int64_t shift_ms_;
  http::Client client_;
  std::vector<std::string> labels_;
  std::string one_;
  std::string request_;
  std::string compressed_;
  std::uint32_t waiting_ = 0;
  std::uint64_t samples_ = 0;
  std::uint64_t requests_ = 0;
  std::uint64_t bytes_ = 0;
};

Status run(const Options& options) {
  const auto dataset = Dataset::open(options.dataset);
  if (!dataset) return fail(dataset.error());
  const auto shift = loadgen::shift_to(*dataset, options.end_at);
  if (!shift) return fail(shift.error());
  Sender sender(*dataset, options, *shift);
  if (auto sent = sender.send_all(); !sent) return sent;
  std::printf("{\"samples\":%llu,\"requests\":%llu,\"bytes\":%llu}\n",
              static_cast<unsigned long long>(sender.samples()),
              static_cast<unsigned long long>(sender.requests()),
              static_cast<unsigned long long>(sender.bytes()));
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Sends a dataset by Prometheus remote write."};
  Options options;
  app.add_option("dataset", options.dataset, "samples in the format of bench/loadgen/dataset.h")
      ->required();
  app.add_option("--url", options.url, "http://HOST:PORT")->required();
  app.add_option("--path", options.path, "default /api/v1/write");
  app.add_option("--end-at", options.end_at, "moves all times so that the last sample is then");
  app.add_option("--host-prefix", options.host_prefix, "hosts are called PREFIX0000 …");
  app.add_option("--batch-samples", options.batch_samples, "samples in a request")
      ->check(CLI::Range(1, 1'000'000));
  app.add_option("--batch-steps", options.batch_steps, "samples of a series in a request")
      ->check(CLI::Range(1, 10'000));
  app.add_option("--copies", options.copies, "series per metric, shifted in time")
      ->check(CLI::Range(1, 1000));
  CLI11_PARSE(app, argc, argv);
  if (const auto done = run(options); !done) {
    std::fprintf(stderr, "headroom-remote-write: %s\n", done.error().message.c_str());
    return 1;
  }
  return 0;
}
