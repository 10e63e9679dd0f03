#include "agent/collectors/cgroup_text.h"

#include "agent/procfs/scanner.h"

namespace headroom::agent {

bool read_fields(std::string_view text, std::initializer_list<Field> fields) {
  Scanner scanner(text);
  while (scanner.next_line()) {
    const std::string_view key = scanner.word();
    for (const Field& field : fields) {
      if (field.key != key) continue;
      field.value = scanner.number();
      if (!field.value) return false;
    }
  }
  return true;
}

std::optional<std::uint64_t> first_number(std::string_view text) {
  Scanner scanner(text);
  scanner.next_line();
  return scanner.number();
}

}  // namespace headroom::agent
