#include "cli/selector.h"

#include "tests/support/catch.h"

namespace headroom::cli {

TEST_CASE("a selector is put together from what stands on the command line") {
  CHECK(make_selector("system.memory.usage", {}, "", "").value() == "system.memory.usage");
  CHECK(
      make_selector("system.memory.usage", {"system.memory.state=used"}, "web-1", "web").value() ==
      R"(system.memory.usage{host.name="web-1",service.name="web",system.memory.state="used"})");
  CHECK(make_selector(R"(m{a="b"})", {}, "web-1", "").value() == R"(m{a="b",host.name="web-1"})");
  CHECK(make_selector("m{}", {}, "", "").value() == "m");
  CHECK(make_selector("m{ a=\"b\", }", {"c=d"}, "", "").value() == R"(m{a="b",c="d"})");
  CHECK(make_selector("", {}, "", "web").value() == R"({service.name="web"})");
}

TEST_CASE("conditions know four operators, and quote what they compare with") {
  const auto with = [](const std::string& where) {
    return make_selector("m", {where}, "", "").value();
  };
  CHECK(with("a=b") == R"(m{a="b"})");
  CHECK(with("a!=b") == R"(m{a!="b"})");
  CHECK(with("a=~b|c") == R"(m{a=~"b|c"})");
  CHECK(with("a!~b.*") == R"(m{a!~"b.*"})");
  CHECK(with("a=\"b\"") == R"(m{a="b"})");
  CHECK(with("a=b=c") == R"(m{a="b=c"})");
  CHECK(with("a=") == R"(m{a=""})");
  CHECK(with(R"(a=say "hi" \o/)") == R"(m{a="say \"hi\" \\o/"})");
}

TEST_CASE("what cannot be meant is refused with an example") {
  for (const char* where : {"a", "=b", "a!b", ""}) {
    CAPTURE(where);
    const auto selector = make_selector("m", {where}, "", "");
    REQUIRE_FALSE(selector.has_value());
    CHECK(selector.error().message.find("write for example") != std::string::npos);
  }
  CHECK(make_selector("m{a=\"b\"", {}, "", "").error().message.find("in quotes for the shell") !=
        std::string::npos);
  CHECK(make_selector("", {}, "", "").error().message.find("which series?") == 0);
}

}  // namespace headroom::cli
