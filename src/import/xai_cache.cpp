// xai_cache.json: what the predecessor had asked xAI, under keys of several fields that it joined with bars.
//
//   reasonableness:title|category|season|12.34                       generation 1
//   reasonableness:title|category|season|12.34|binding|rank          generation 2
//   reasonableness:title|category|season|12.34|trend|average         generation 3, the average a number or
// N/A;
//                  title|category|season|12.34|binding|rank|trend|average   also
//
// A title and a rank may contain bars, so no field has a fixed number from the left. The price is searched
// for: a number with two decimals, two fields after a category (which begins with "Books" in all files seen)
// and one after a season ("Sep", or "-").
#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "base/text.h"
#include "import/flat_json.h"
#include "import/report.h"
#include "import/sources.h"

namespace purser::legacy {
namespace {

using Fields = std::vector<std::string_view>;

constexpr std::string_view kSeasonality = "seasonality:";
constexpr std::string_view kReasonableness = "reasonableness:";
constexpr std::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::size_t kLeastBefore = 3;  // title, category and season stand before the price

bool begins_with(std::string_view text, std::string_view beginning) {
  return text.substr(0, beginning.size()) == beginning;
}

Fields fields_of(std::string_view key) {
  Fields fields;
  for (std::size_t begin = 0; begin <= key.size();) {
    std::size_t end = std::min(key.find('|', begin), key.size());
    fields.push_back(key.substr(begin, end - begin));
    begin = end + 1;
  }
  return fields;
}

bool are_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_price(std::string_view text) {
  return text.size() > 3 && text[text.size() - 3] == '.' && are_digits(text.substr(text.size() - 2)) &&
         are_digits(text.substr(0, text.size() - 3));
}

bool is_season(std::string_view text) {
  return text == "-" || std::find(std::begin(kMonths), std::end(kMonths), text) != std::end(kMonths);
}

// "12.5", "7", "N/A"
bool is_average(std::string_view text) {
  std::size_t point = std::min(text.find('.'), text.size());
  bool has_fraction = point == text.size() || are_digits(text.substr(point + 1));
  return text == "N/A" || (are_digits(text.substr(0, point)) && has_fraction);
}

// How likely that field is the price; 0: it cannot be.
int likelihood(const Fields& fields, std::size_t price) {
  if (!is_price(fields[price])) return 0;
  std::size_t after = fields.size() - price - 1;
  if (after == 1) return 0;  // no generation has one field behind it
  bool of_books = begins_with(fields[price - 2], "Books");
  bool in_season = is_season(fields[price - 1]);
  bool is_regular = after == 0 || after == 2 || after == 4;  // no bar in the rank
  if (!is_regular && !(of_books && in_season)) return 0;
  return 1 + (in_season ? 1 : 0) + (of_books ? 2 : 0);
}

// nullopt where no field can be the price, or two are equally likely.
std::optional<std::size_t> place_of_price(const Fields& fields) {
  std::optional<std::size_t> place;
  int best = 0;
  for (std::size_t i = kLeastBefore; i < fields.size(); ++i) {
    int here = likelihood(fields, i);
    if (here == 0 || here < best) continue;
    place = here == best ? std::nullopt : std::optional(i);
    best = here;
  }
  return place;
}

int generation_of(const Fields& fields, std::size_t price) {
  if (price + 1 == fields.size()) return 1;
  return is_average(fields.back()) ? 3 : 2;
}

std::optional<bool> verdict_in(const JsonField& field) {
  if (field.kind == JsonField::Kind::boolean) return field.boolean;
  if (field.kind != JsonField::Kind::text) return std::nullopt;
  if (field.text == "True" || field.text == "true") return true;
  if (field.text == "False" || field.text == "false") return false;
  return std::nullopt;
}

// Why the cache refuses it; "" where it does not.
std::string fault_of(const xai::Question& question) {
  try {
    xai::require_valid(question);
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

std::string_view word(bool verdict) { return verdict ? "true" : "false"; }

class CacheReader {
 public:
  explicit CacheReader(const ImportFile& file) : file_(file) {
    cache_.report.source = "xai_cache";
    cache_.report.file = file.path;
    cache_.written_at = file.written_at;
  }

  XaiCache read() {
    auto fields = flat_json(file_);
    cache_.report.entries = static_cast<std::int64_t>(fields.size());
    for (const JsonField& field : fields) take(field);
    if (!fields.empty() && !is_known_) {
      refuse(file_.path,
             "no key has the form of such a file, title, category, season and price with bars "
             "between: \"reasonableness:Eragon|Books > Fantasy|Sep|49.90\"; is this its xai_cache.json?");
    }
    report_facts();
    return std::move(cache_);
  }

 private:
  void take(const JsonField& field) {
    std::string_view name = field.name;
    if (begins_with(name, kSeasonality)) {
      is_known_ = true;
      return skip_field(field, "seasonality", "answers to another question, which purser does not keep");
    }
    if (!begins_with(name, kReasonableness)) {
      return skip_field(field, "unknown_kind",
                        "keys that begin neither with \"reasonableness:\" nor with \"seasonality:\"");
    }
    is_known_ = true;
    take_verdict(field, parse_legacy_key(name.substr(kReasonableness.size())));
  }

  void take_verdict(const JsonField& field, const std::optional<LegacyKey>& key) {
    auto verdict = verdict_in(field);
    if (!key)
      return skip_field(field, "malformed_key",
                        "keys in which title, category, season and price are not told apart, as in "
                        "\"reasonableness:Eragon|Books > Fantasy|Sep|49.90\"");
    if (!verdict) return skip_field(field, "no_verdict", "the answer is neither True nor False");
    std::string fault = fault_of(key->question);
    if (!fault.empty())
      return skip_field(field, "not_storable", "the cache takes no such key, for example: " + fault);
    ++verdicts_;
    ++generations_[static_cast<std::size_t>(key->generation - 1)];
    add(*key, *verdict);
  }

  void add(const LegacyKey& key, bool verdict) {
    auto [place, is_new] = places_.try_emplace(joined(key.question), cache_.answers.size());
    if (is_new) {
      cache_.answers.push_back({key.question, verdict});
      return;
    }
    bool& earlier = cache_.answers[place->second].verdict;
    const xai::Question& question = key.question;
    std::string example =
        shortened(question.title) + fmt::format(" ({}, {})", question.season, to_string(question.price));
    if (earlier == verdict) {
      skip(cache_.report, "repeated", "further keys of a question that is one now, with the same answer",
           example);
    } else {
      skip(cache_.report, "contradicted",
           "earlier answers to a question that is one now: the one that stands last in the file holds",
           example + fmt::format(": {}, later {}", word(earlier), word(verdict)));
    }
    earlier = verdict;
  }

  // With a separator that no text of a cache contains.
  static std::string joined(const xai::Question& question) {
    const std::string separator(1, '\0');
    return question.title + separator + question.category + separator + question.season + separator +
           std::to_string(question.price.count);
  }

  void skip_field(const JsonField& field, std::string_view reason, std::string_view detail) {
    skip(cache_.report, reason, detail, shortened(field.name));
  }

  void report_facts() {
    cache_.report.facts = {{"verdicts", verdicts_}};
    constexpr std::array kForms = {"plain_keys", "keys_with_rank", "keys_with_trend"};
    for (std::size_t i = 0; i < generations_.size(); ++i) {
      cache_.report.facts.push_back({kForms[i], generations_[i]});
    }
    cache_.report.facts.push_back({"questions", static_cast<std::int64_t>(cache_.answers.size())});
  }

  const ImportFile& file_;
  XaiCache cache_;
  std::unordered_map<std::string, std::size_t> places_;
  std::int64_t verdicts_ = 0;
  std::array<std::int64_t, 3> generations_{};
  bool is_known_ = false;
};

}  // namespace

std::optional<LegacyKey> parse_legacy_key(std::string_view key) {
  Fields fields = fields_of(key);
  auto price = place_of_price(fields);
  auto cents = price ? parse_price(fields[*price]) : std::nullopt;
  if (!cents) return std::nullopt;
  std::string_view category = fields[*price - 2], season = fields[*price - 1];
  auto title_bytes = static_cast<std::size_t>(category.data() - key.data()) - 1;
  LegacyKey parsed;
  parsed.question.title = key.substr(0, title_bytes);
  parsed.question.category = category;
  parsed.question.season = season;
  parsed.question.price = *cents;
  parsed.generation = generation_of(fields, *price);
  return parsed;
}

XaiCache parse_xai_cache(const ImportFile& file) { return CacheReader(file).read(); }

ImportReport store_xai_cache(store::Transaction& change, const XaiCache& cache) {
  ImportReport report = cache.report;
  auto outcomes = xai::import_verdicts(change, cache.answers, std::min(cache.written_at, change.now()));
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    if (outcomes[i] == xai::VerdictImport::stored) {
      ++report.imported;
    } else if (outcomes[i] == xai::VerdictImport::already_there) {
      ++report.already_there;
    } else {
      skip(report, "answered_since", "the database has another answer, which is newer: it stays",
           fmt::format("{}: {} in the file", shortened(cache.answers[i].question.title),
                       word(cache.answers[i].verdict)));
    }
  }
  return report;
}

}  // namespace purser::legacy
