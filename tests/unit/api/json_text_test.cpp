// Numbers and samples as JSON text.
#include "aggregator/api/json_text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <ctime>
#include <limits>
#include <random>

#include "common/base/text.h"
#include "tests/support/catch.h"

using namespace headroom;
using namespace headroom::api;

namespace {

std::string number_text(double value) {
  std::string text;
  append_number(text, value);
  return text;
}

std::string shortest(double value) {
  std::array<char, 64> buffer{};
  return {buffer.data(), std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr};
}

}  // namespace

TEST_CASE("numbers are as short as they can be and read back as themselves") {
  CHECK(number_text(0) == "0");
  CHECK(number_text(-7) == "-7");
  CHECK(number_text(0.25) == "0.25");
  CHECK(number_text(-0.5) == "-0.5");
  CHECK(number_text(1795326869.125) == "1795326869.125");
  CHECK(number_text(0.1 + 0.2) == "0.30000000000000004");
  CHECK(number_text(1e15) == "1e+15");
  CHECK(number_text(999'999'999'999'999) == "999999999999999");
  CHECK(number_text(NAN) == "null");
  CHECK(number_text(-INFINITY) == "null");
  CHECK(number_text(std::numeric_limits<double>::denorm_min()) == "5e-324");
}

TEST_CASE("the short way to write a number gives what the long way gives") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  for (int i = 0; i < 200'000; ++i) {
    const int digits = static_cast<int>(random() % 16);
    const auto whole = static_cast<double>(random() % 1'000'000'000'000);
    double value = whole / std::pow(10, digits);
    if (i % 2 == 0) value = -value;
    if (i % 7 == 0) value = std::nextafter(value, 1e300);
    const std::string text = number_text(value);
    const auto back = parse_double(text);
    if (!back || *back != value) FAIL(text << " is not " << shortest(value));
    // Whole numbers are written out, which may take longer than an exponent.
    if (value != std::trunc(value) && text.size() > shortest(value).size())
      FAIL(text << " is longer than " << shortest(value));
  }
}

TEST_CASE("samples and names come out as JSON, in pieces") {
  std::string all;
  std::size_t pieces = 0;
  const Write write = [&](std::string piece) {
    all += piece;
    ++pieces;
    return true;
  };
  std::vector<Sample> samples;
  for (int i = 0; i < 20'000; ++i) samples.push_back({1'795'348'800'000 + i * 250, i / 4.0});
  samples.back().value = NAN;
  JsonText text(write);
  text.raw("{").series({"a\"b", "By", Kind::kCounter, {{"k", "v\x01\xff"}}});
  text.raw(",\"samples\":").samples(samples).raw("}").finish();
  CHECK(pieces > 4);
  const Json json = Json::parse(all);
  CHECK(json["metric"] == "a\"b");
  CHECK(json["kind"] == "counter");
  CHECK(json["attributes"]["k"] == "v\x01\xEF\xBF\xBD");
  REQUIRE(json["samples"].size() == 20'000);
  CHECK(json["samples"][1] == Json::array({1795348800.25, 0.25}));
  CHECK(json["samples"][4] == Json::array({1795348801, 1}));
  CHECK(json["samples"][19'999][1].is_null());
}

TEST_CASE("text that nobody takes is not made") {
  std::size_t pieces = 0;
  const Write write = [&](const std::string&) {
    ++pieces;
    return false;
  };
  const std::vector<Sample> samples(100'000, Sample{1000, 0.5});
  JsonText text(write);
  text.samples(samples).samples(samples).finish();
  CHECK_FALSE(text.wanted());
  CHECK(pieces == 1);
}

TEST_CASE("a quarter of a million samples take milliseconds") {
  std::mt19937_64 random(1);
  for (const bool short_values : {true, false}) {
    std::vector<Sample> samples;
    for (int i = 0; i < 260'000; ++i) {
      const double value = static_cast<double>(random() % 1'000'000);
      samples.push_back({1'795'348'800'000 + i * 1000, short_values ? value / 1000 : value / 7});
    }
    std::size_t bytes = 0;
    const Write write = [&](const std::string& piece) {
      bytes += piece.size();
      return true;
    };
    const std::clock_t began = std::clock();
    JsonText text(write);
    text.samples(samples).finish();
    const double ms = static_cast<double>(std::clock() - began) * 1000 / CLOCKS_PER_SEC;
    WARN((short_values ? "three decimals: " : "all digits: ")
         << ms << " ms CPU for " << bytes << " bytes");
    CHECK(ms < 500);  // ten times what a loaded machine takes; what it takes is printed
  }
}
