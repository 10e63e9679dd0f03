#include "common/wire/keys.h"

#include <array>
#include <sys/stat.h>

#include <zmq.h>

#include "common/base/file.h"
#include "common/base/text.h"

namespace headroom::wire {
namespace {

constexpr std::size_t kKeyFileBytes = 4096;

// The word after `name` on the line that begins with it.
std::string field(std::string_view content, std::string_view name) {
  for (const std::string_view line : split(content, '\n')) {
    const std::string_view text = trim(line);
    if (text.substr(0, name.size()) == name && text.size() > name.size() &&
        text[name.size()] == ' ') {
      return std::string(trim(text.substr(name.size())));
    }
  }
  return {};
}

}  // namespace

Result<KeyPair> generate_keys() {
  std::array<char, kKeyText + 1> public_key{};
  std::array<char, kKeyText + 1> secret_key{};
  if (zmq_curve_keypair(public_key.data(), secret_key.data()) != 0) {
    return fail(ErrorCode::kUnsupported, "libzmq was built without CURVE: no keys can be made");
  }
  return KeyPair{public_key.data(), secret_key.data()};
}

Result<KeyPair> create_key_files(const std::string& path) {
  struct stat facts{};
  if (::stat(path.c_str(), &facts) == 0)
    return fail(ErrorCode::kAlreadyExists, path + " exists; keys are never overwritten");
  const bool has_ending = path.size() > 4 && path.compare(path.size() - 4, 4, ".key") == 0;
  const std::string public_path = (has_ending ? path.substr(0, path.size() - 4) : path) + ".pub";
  if (::stat(public_path.c_str(), &facts) == 0) {
    return fail(ErrorCode::kAlreadyExists, public_path + " exists; keys are never overwritten");
  }
  auto keys = generate_keys();
  if (!keys) return keys;
  if (auto written = write_key_file(path, *keys); !written) return fail(written.error());
  if (auto written = write_public_key_file(public_path, keys->public_key); !written)
    return fail(written.error());
  return keys;
}

Status write_key_file(const std::string& path, const KeyPair& keys) {
  return write_file_atomically(
      path, "public " + keys.public_key + "\nsecret " + keys.secret_key + "\n", 0600);
}

Status write_public_key_file(const std::string& path, std::string_view public_key) {
  return write_file_atomically(path, "public " + std::string(public_key) + "\n", 0644);
}

Result<KeyPair> read_key_file(const std::string& path) {
  const auto content = read_file(path, kKeyFileBytes);
  if (!content) return fail(content.error());
  struct stat facts{};
  if (::stat(path.c_str(), &facts) == 0 && (facts.st_mode & 077) != 0) {
    return fail(ErrorCode::kPermissionDenied,
                path + " holds a secret key and others may read it; run: chmod 600 " + path);
  }
  KeyPair keys{field(*content, "public"), field(*content, "secret")};
  if (!is_key(keys.public_key) || !is_key(keys.secret_key)) {
    return fail(ErrorCode::kInvalidArgument,
                path + " is not a key file; it must hold the lines 'public KEY' and 'secret KEY'");
  }
  return keys;
}

Result<std::string> read_public_key_file(const std::string& path) {
  const auto content = read_file(path, kKeyFileBytes);
  if (!content) return fail(content.error());
  std::string key = field(*content, "public");
  if (!is_key(key)) {
    return fail(ErrorCode::kInvalidArgument,
                path + " is not a key file; it must hold the line 'public KEY'");
  }
  return key;
}

bool is_key(std::string_view text) {
  if (text.size() != kKeyText) return false;
  std::array<std::uint8_t, 32> raw{};
  return zmq_z85_decode(raw.data(), std::string(text).c_str()) != nullptr;
}

std::string key_text(std::string_view raw) {
  std::array<char, kKeyText + 1> text{};
  if (raw.size() != 32) return {};
  zmq_z85_encode(text.data(), reinterpret_cast<const std::uint8_t*>(raw.data()), raw.size());
  return text.data();
}

}  // namespace headroom::wire
