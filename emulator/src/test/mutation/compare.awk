# Compares the mutants that no test noticed with the list of those that are explained:
#   awk -f compare.awk survivors.tsv mutations.xml
# Prints each difference and exits 1 if there is one. With -v list=1 it prints the survivors as rows instead, reason empty.
# A row is read as "so many mutants of this kind in this method": lines move too often to be part of it. Rows of classes
# that the report does not know are left alone, so a report of one package can be compared; with -v whole=1 they fail.

BEGIN { FS = "\t" }

FILENAME == ARGV[1] {
    if ($0 ~ /^#/ || $0 == "") next
    if (NF != 6 || $5 !~ /^[1-9][0-9]*$/ || $6 == "") {
        print "survivors.tsv:" FNR ": a row is class, method, mutator, description, count and reason, with tabs between"
        failed = 1
        next
    }
    explained[$1 FS $2 FS $3 FS $4] += $5
    next
}

/<mutation / {
    mutants++
    class = element("mutatedClass")
    sub(/^dev\.trapframe\.emulator\./, "", class)
    known[class] = 1
    if ($0 ~ /<mutation [^>]*detected='true'/) { noticed++; next }
    mutator = element("mutator")
    sub(/.*\./, "", mutator)
    sub(/Mutator$/, "", mutator)
    key = class FS element("mutatedMethod") FS mutator FS element("description")
    if (!(key in survived)) order[++kinds] = key
    survived[key]++
    lines[key] = lines[key] " " element("lineNumber")
}

END {
    if (list) { rows(); exit }
    for (i = 1; i <= kinds; i++) {
        key = order[i]
        if (survived[key] > explained[key] + 0)
            complain("no test notices, and the list explains " explained[key] + 0 " of " survived[key] " (lines" lines[key] "):", key)
    }
    for (key in explained) {
        split(key, part, FS)
        if (!(part[1] in known) && !whole) continue
        if (survived[key] + 0 < explained[key])
            complain("the list explains " explained[key] ", but only " survived[key] + 0 " survived:", key)
    }
    if (mutants == 0) { print "the report holds no mutant"; failed = 1 }
    print mutants + 0 " mutants, " noticed + 0 " noticed, " mutants - noticed " not"
    exit failed
}

function element(name,    start, rest) {
    start = index($0, "<" name ">")
    if (start == 0) return ""
    rest = substr($0, start + length(name) + 2)
    rest = substr(rest, 1, index(rest, "</" name ">") - 1)
    gsub(/&lt;/, "<", rest); gsub(/&gt;/, ">", rest); gsub(/&#39;|&apos;/, "'", rest); gsub(/&quot;/, "\"", rest)
    gsub(/&amp;/, "\\&", rest)
    return rest
}

function complain(what, key) {
    gsub(FS, "  ", key)
    print what
    print "    " key
    failed = 1
}

function rows(    i) {
    for (i = 1; i <= kinds; i++) print order[i] FS survived[order[i]] FS
}
