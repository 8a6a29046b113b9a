#include "import/flat_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

namespace purser::legacy {
namespace {

using Json = nlohmann::json;

// The parser holds its own stack, so that no depth of a file can exhaust ours.
class FieldCollector final : public nlohmann::json_sax<Json> {
 public:
  explicit FieldCollector(std::vector<JsonField>& fields) : fields_(fields) {}

  bool is_object() const { return is_object_; }
  std::size_t broken_at() const { return broken_at_; }

  bool null() override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool boolean(bool value) override {
    if (JsonField* field = begun()) {
      field->kind = JsonField::Kind::boolean;
      field->boolean = value;
    }
    return true;
  }
  bool number_integer(number_integer_t value) override {
    if (JsonField* field = begun()) {
      field->kind = JsonField::Kind::integer;
      field->integer = value;
    }
    return true;
  }
  bool number_unsigned(number_unsigned_t value) override {
    constexpr auto kMost = static_cast<number_unsigned_t>(std::numeric_limits<std::int64_t>::max());
    return value > kMost || number_integer(static_cast<number_integer_t>(value));
  }
  bool string(string_t& value) override {
    if (JsonField* field = begun()) {
      field->kind = JsonField::Kind::text;
      field->text = std::move(value);
    }
    return true;
  }
  bool start_object(std::size_t) override {
    if (depth_ == 0) is_object_ = true;
    ++depth_;
    return true;
  }
  bool key(string_t& name) override {
    if (depth_ == 1) {
      fields_.emplace_back();
      fields_.back().name = std::move(name);
    }
    return true;
  }
  bool end_object() override { return end(); }
  bool start_array(std::size_t) override {
    ++depth_;
    return true;
  }
  bool end_array() override { return end(); }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override {
    broken_at_ = position;
    return false;
  }

 private:
  bool end() {
    --depth_;
    return true;
  }
  // The field whose value this is; null within a deeper one.
  JsonField* begun() { return depth_ == 1 && is_object_ && !fields_.empty() ? &fields_.back() : nullptr; }

  std::vector<JsonField>& fields_;
  std::size_t depth_ = 0, broken_at_ = 0;
  bool is_object_ = false;
};

// Of the byte with that number, the first being 1.
std::string place_of(const std::string& text, std::size_t number) {
  auto end = text.begin() + static_cast<std::ptrdiff_t>(std::min(number, text.size()));
  return fmt::format("line {}, byte {} of the file", std::count(text.begin(), end, '\n') + 1, number);
}

}  // namespace

std::vector<JsonField> flat_json(const ImportFile& file) {
  std::vector<JsonField> fields;
  FieldCollector collector(fields);
  if (!Json::sax_parse(file.text, &collector)) {
    refuse(file.path, fmt::format("is no whole JSON in UTF-8: it breaks at {}",
                                  place_of(file.text, collector.broken_at())));
  }
  if (!collector.is_object()) refuse(file.path, "is JSON, but no object");
  return fields;
}

const JsonField* field_named(const std::vector<JsonField>& fields, std::string_view name) {
  auto found = std::find_if(fields.rbegin(), fields.rend(),
                            [&](const JsonField& field) { return field.name == name; });
  return found == fields.rend() ? nullptr : &*found;
}

}  // namespace purser::legacy
