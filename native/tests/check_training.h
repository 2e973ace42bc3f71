/** The part of check.cpp that is about training. */
#pragma once

/** Ends the process with a message where anything is wrong. */
void check_training(int rounds);
void check_judges(int rounds);  // the part of it that is about judges
