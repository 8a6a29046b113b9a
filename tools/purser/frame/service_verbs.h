// What the verbs that call a service do. Their tables are the same in both programs, and so is everything
// else; but `purser`, which would start slower with libcurl in it, hands them over to `purser-net`
// (hand_over.cpp), and that one calls (…_service_runs.cpp).
#pragma once

#include "frame/verb.h"

namespace purser::cli {

class Context;

int run_keepa_refresh(Context& context, const Arguments& arguments);
// `keepa acquire --wait` where there is a key: it asks Keepa meanwhile.
int run_acquire_with_refresh(Context& context, const Arguments& arguments);

int run_xai_judge(Context& context, const Arguments& arguments);
int run_xai_query(Context& context, const Arguments& arguments);

int run_spapi_token(Context& context, const Arguments& arguments);
int run_spapi_probe(Context& context, const Arguments& arguments);
int run_spapi_restrictions(Context& context, const Arguments& arguments);

}  // namespace purser::cli
