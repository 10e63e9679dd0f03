#include "cli/rule_file.h"

#include "tests/support/catch.h"

namespace headroom::cli {
namespace {

Json one(const std::string& text) {
  const auto documents = parse_rule_text(text, "rule.yaml");
  if (!documents) FAIL(documents.error().message);
  REQUIRE(documents->size() == 1);
  return documents->front();
}

std::string problem(const std::string& text) {
  const auto rules = parse_rules(text, "rule.yaml");
  REQUIRE_FALSE(rules.has_value());
  return rules.error().message;
}

}  // namespace

// The types are those of the core schema, YAML 1.2.2, section 10.3.2.
TEST_CASE("YAML keeps the types that its author meant") {
  const Json value =
      one("whole: 80\nnegative: -3\nhex: 0x1F\nratio: 0.80\nexponent: 1e3\ndotted: .5\n"
          "yes_word: true\nno_word: False\nnone: null\ntilde: ~\nempty:\n"
          "text: XNYS open -30m\nduration: 15s\nquoted_number: \"80\"\nquoted_flag: "
          "'true'\nforced: !!str 5\n"
          "norway: no\nversion: 1.2.3\ndate: 2026-11-22\nplus: +\n"
          "list: [1, two, \"3\"]\nmap: {a: 1, b: [true]}\nfolded: >-\n  a\n  b\n");
  CHECK(
      value.dump() ==
      R"({"whole":80,"negative":-3,"hex":31,"ratio":0.8,"exponent":1000.0,"dotted":0.5,)"
      R"("yes_word":true,"no_word":false,"none":null,"tilde":null,"empty":null,)"
      R"("text":"XNYS open -30m","duration":"15s","quoted_number":"80","quoted_flag":"true","forced":"5",)"
      R"("norway":"no","version":"1.2.3","date":"2026-11-22","plus":"+",)"
      R"("list":[1,"two","3"],"map":{"a":1,"b":[true]},"folded":"a b"})");
}

TEST_CASE("JSON is read as JSON") {
  // yaml-cpp would not know the surrogate pair; U+1F680 is F0 9F 9A 80.
  CHECK(one(R"({"rule_id": "a", "note": "\ud83d\ude80", "n": 1.50})").dump() ==
        "{\"rule_id\":\"a\",\"note\":\"\xF0\x9F\x9A\x80\",\"n\":1.5}");
}

TEST_CASE("a file may hold several rules, as documents or as a list") {
  const auto documents = parse_rules("rule_id: a\n---\nrule_id: b\n...\n", "rules.yaml");
  REQUIRE(documents.has_value());
  REQUIRE(documents->size() == 2);
  CHECK((*documents)[1]["rule_id"] == "b");
  const auto list = parse_rules("- rule_id: a\n- rule_id: b\n- rule_id: c\n", "rules.yaml");
  REQUIRE(list.has_value());
  CHECK(list->size() == 3);
}

TEST_CASE("errors name the file, the line and the reason") {
  CHECK(problem("rule_id: a\nservice: web\nservice: orders\n") ==
        "rule.yaml:3: the key 'service' stands twice");
  CHECK(problem("rule_id: a\n  service: web\n").rfind("rule.yaml:2: ", 0) == 0);
  CHECK(problem("rule_id: a\n? [1]\n: b\n") == "rule.yaml:2: a key must be a simple text");
  CHECK(problem("") == "rule.yaml: there is no rule in it");
  CHECK(problem("- a\n- rule_id: b\n") == "rule.yaml: rule 1 is not a map of 'key: value' lines");
  CHECK(problem("service: web\n") ==
        "rule.yaml: the rule has no rule_id; give it a name, for example 'rule_id: web-cpu'");
}

TEST_CASE("a file that grows without bound is refused") {
  CHECK(problem(std::string(kRuleFileBytes + 1, ' ')).find("larger than") != std::string::npos);
  // Each line is the one before it, ten times: ten to the eighth values in a few hundred bytes.
  std::string bomb = "a: &a [1,1,1,1,1,1,1,1,1,1]\n";
  for (char name = 'b'; name <= 'h'; ++name) {
    const std::string before(1, static_cast<char>(name - 1));
    bomb += std::string(1, name) + ": &" + name + " [";
    for (int i = 0; i < 10; ++i) bomb += (i > 0 ? ",*" : "*") + before;
    bomb += "]\n";
  }
  CHECK(problem(bomb).find("too much in one file") != std::string::npos);
  CHECK(problem(std::string(100'000, '[')).find("nested deeper") != std::string::npos);
  std::string deep = "rule_id: a\nx: ";
  deep += std::string(kRuleFileDepth + 1, '[') + std::string(kRuleFileDepth + 1, ']');
  CHECK(problem(deep).find("too deeply nested") != std::string::npos);
}

TEST_CASE("a rule is written as YAML that reads back as the same rule") {
  const Json rule = Json::parse(R"({
    "rule_id": "web-cpu", "target_utilization": 0.7, "min_instances": 1, "flag": true, "none": null,
    "numeric text": "80", "word": "no", "flagged": "true", "colon": "a: b", "hash": "a #b", "empty": "", "dash": "-x",
    "when": "XNYS open -30m", "lines": "a\nb", "quote": "say \"hi\"", "unicode": "取引",
    "thresholds": {"warning_pct": 70, "cooldown_seconds": 300},
    "rate_limits": {"up": [{"percent": 100, "per": "15s"}, {"instances": 4, "per": "15s"}], "down": []},
    "nested": [[1, [2, 3]], {"a": [{"b": 1}]}], "nothing": {}
  })");
  CHECK(one(to_yaml(rule)) == rule);
  // What is too long for a line goes down a line each.
  const std::string word(40, 'w');
  CHECK(to_yaml(Json{{"a", {{"b", word}, {"c", word}}}, {"d", Json::array({word, word})}}) ==
        "a:\n  b: " + word + "\n  c: " + word + "\nd:\n  - " + word + "\n  - " + word + "\n");
  CHECK(
      to_yaml(Json::parse(R"({"a": "web", "b": "80", "c": [1, "x y"], "d": {"e": [{"f": 1}]}})")) ==
      "a: web\n"
      "b: \"80\"\n"
      "c: [1, \"x y\"]\n"
      "d:\n"
      "  e:\n"
      "    - {f: 1}\n");
}

}  // namespace headroom::cli
