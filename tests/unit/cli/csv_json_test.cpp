#include "cli/csv.h"
#include "cli/json.h"
#include "tests/support/catch.h"

namespace headroom::cli {
namespace {

Json parsed(const char* text) {
  auto value = parse_json(text, "the test");
  REQUIRE(value.has_value());
  return *value;
}

}  // namespace

// The rules of RFC 4180, section 2, one by one.
TEST_CASE("a field is quoted only where it must be") {
  CHECK(csv_field("plain text") == "plain text");
  CHECK(csv_field("") == "");
  CHECK(csv_field("a,b") == "\"a,b\"");
  CHECK(csv_field("say \"hi\"") == "\"say \"\"hi\"\"\"");
  CHECK(csv_field("two\nlines") == "\"two\nlines\"");
  CHECK(csv_field("cr\r") == "\"cr\r\"");
  CHECK(csv_line({"a", "", "b,c"}) == "a,,\"b,c\"\n");
}

TEST_CASE("values are exact, whole numbers without an exponent") {
  CHECK(csv_value(parsed("null")) == "");
  CHECK(csv_value(parsed("true")) == "true");
  CHECK(csv_value(parsed("4.0")) == "4");
  CHECK(csv_value(parsed("0.1")) == "0.1");
  CHECK(csv_value(parsed("1800000000.0")) == "1800000000");
  CHECK(csv_value(parsed("18446744073709551615")) == "18446744073709551615");
  CHECK(csv_value(parsed("-7")) == "-7");
  // 2/3 to the last bit.
  CHECK(csv_value(parsed("0.6666666666666666")) == "0.6666666666666666");
  CHECK(csv_value(parsed("[\"a\", 1]")) == "[\"a\",1]");
  CHECK(csv_unix_seconds(1'795'326'869'000) == "1795326869");
  CHECK(csv_unix_seconds(1'795'326'869'250) == "1795326869.25");
  CHECK(csv_unix_seconds(1'795'326'869'007) == "1795326869.007");
}

TEST_CASE("records are lines under a header, with nothing where nothing is") {
  const Json items = parsed(R"([{"a": 1, "b": {"c": "x,y"}}, {"a": null}])");
  CHECK(records_csv(items, {"a", "b.c"}) == "a,b.c\n1,\"x,y\"\n,\n");
  CHECK(records_csv(Json::array(), {"a"}) == "a\n");
  CHECK(fields_csv(parsed(R"({"a": 1, "b": {"c": [2], "d": "e"}})")) ==
        "field,value\na,1\nb.c,[2]\nb.d,e\n");
}

TEST_CASE("members that are missing or of another kind are empty, not errors") {
  const Json answer =
      parsed(R"({"text": "a\u001b[2J", "number": 1.5, "flag": true, "time": "2026-11-22T05:54:29Z",
                                 "unix": 1795326869.25, "aeon": 1e300, "inner": {"host.name": "x"}, "items": [1]})");
  CHECK(text_at(answer, "text") == "a?[2J");
  CHECK(text_at(answer, "number", "none") == "none");
  CHECK(text_at(answer, "inner.absent.deeper").empty());
  CHECK(number_at(answer, "number") == 1.5);
  CHECK_FALSE(number_at(answer, "text").has_value());
  CHECK(flag_at(answer, "flag"));
  CHECK_FALSE(flag_at(answer, "number"));
  CHECK(time_at(answer, "time") == 1'795'326'869'000);
  CHECK(time_at(answer, "unix") == 1'795'326'869'250);
  CHECK_FALSE(time_at(answer, "text").has_value());
  CHECK_FALSE(time_at(answer, "aeon").has_value());
  CHECK(milliseconds_at(answer, "number") == 1500);
  CHECK(milliseconds_at(answer, "aeon") == 1'000'000'000'000'000);
  CHECK(list_at(answer, "items").size() == 1);
  CHECK(list_at(answer, "number").empty());
  // A name with a dot is one name, not a path.
  CHECK(field(member(answer, "inner"), "host.name") == "x");
  CHECK(member(answer, "inner.host.name").is_null());
  CHECK(field(Json(1), "x").is_null());
}

TEST_CASE("JSON for people keeps short things on one line and every value as it was") {
  CHECK(pretty(parsed(R"({"a":1,"b":[1,2.50,"x"],"c":null})")) ==
        "{\"a\": 1, \"b\": [1, 2.5, \"x\"], \"c\": null}\n");
  const std::string word(60, 'w');
  const Json wide = parsed(
      ("{\"a\":\"" + word + "\",\"b\":[[1,2],[3,4]],\"c\":{}, \"d\":\"" + word + "\"}").c_str());
  CHECK(pretty(wide) == "{\n  \"a\": \"" + word +
                            "\",\n  \"b\": [[1, 2], [3, 4]],\n  \"c\": {},\n  \"d\": \"" + word +
                            "\"\n}\n");
  CHECK(parsed(pretty(wide).c_str()) == wide);
  CHECK_FALSE(parse_json("{\"a\":", "it").has_value());
}

}  // namespace headroom::cli
