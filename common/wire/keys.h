// CURVE keys (https://rfc.zeromq.org/spec/26/): 32 bytes, written as 40 characters of Z85.
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.h"

namespace headroom::wire {

inline constexpr std::size_t kKeyText = 40;

struct KeyPair {
  std::string public_key;  // Z85
  std::string secret_key;  // Z85
};

// kUnsupported where libzmq was built without CURVE.
Result<KeyPair> generate_keys();

// Files hold one line: "public KEY" and, in a private file, a second one: "secret KEY". A private
// file is written 0600 and refused when others may read it.
Status write_key_file(const std::string& path, const KeyPair& keys);
// New keys: the private file at `path` and the public one at `path` + ".pub" or, where path ends in
// ".key", with that replaced. kAlreadyExists where there is a file already: keys are never
// overwritten.
Result<KeyPair> create_key_files(const std::string& path);
Status write_public_key_file(const std::string& path, std::string_view public_key);
Result<KeyPair> read_key_file(const std::string& path);
Result<std::string> read_public_key_file(const std::string& path);

// A key that can be decoded.
bool is_key(std::string_view text);
// Z85 of 32 raw bytes.
std::string key_text(std::string_view raw);

}  // namespace headroom::wire
