// All verbs, group by group. To add a group of verbs, write a file with its table, declare it here, and add
// it to collect_verbs().
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "frame/verb.h"

namespace purser::cli {

std::vector<VerbSpec> copy_verbs();
std::vector<VerbSpec> database_verbs();
std::vector<VerbSpec> keepa_verbs();
std::vector<VerbSpec> keepa_policy_verbs();
std::vector<VerbSpec> xai_verbs();
std::vector<VerbSpec> xai_flight_verbs();
std::vector<VerbSpec> xai_cache_verbs();
std::vector<VerbSpec> xai_service_verbs();
std::vector<VerbSpec> spapi_verbs();
std::vector<VerbSpec> key_verbs();
std::vector<VerbSpec> import_verbs();
std::vector<VerbSpec> migrate_verbs();
std::vector<VerbSpec> prune_verbs();
std::vector<VerbSpec> doctor_verbs();
std::vector<VerbSpec> completion_verbs();

const std::vector<VerbSpec>& all_verbs();
const std::vector<GroupSpec>& all_groups();
const std::vector<OptionSpec>& global_options();  // before and after every verb

const VerbSpec* find_verb(std::string_view path);
const GroupSpec* find_group(std::string_view path);

// The words that may follow a group, or "" for the program itself: its verbs and the groups within it.
std::vector<std::string_view> words_after(std::string_view group);

// Help for a verb ("keepa acquire"), a group ("keepa") or the program itself ("").
std::string help_for(std::string_view path);

// --- The verbs that call a service -----------------------------------------------------------------------
//
// The tables are the same in both programs. In `purser`, which would start slower with libcurl in it, these
// hand over to `purser-net` (hand_over.cpp); in `purser-net` they do the work (…/service_runs.cpp).

int run_keepa_refresh(Context& context, const Arguments& arguments);
// `keepa acquire --wait` where there is a key: Keepa is asked while it waits.
int run_acquire_with_refresh(Context& context, const Arguments& arguments);

int run_xai_judge(Context& context, const Arguments& arguments);
int run_xai_query(Context& context, const Arguments& arguments);

int run_spapi_token(Context& context, const Arguments& arguments);
int run_spapi_probe(Context& context, const Arguments& arguments);
int run_spapi_restrictions(Context& context, const Arguments& arguments);

}  // namespace purser::cli
