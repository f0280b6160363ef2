namespace DataPipeline.Core.Urls;

/// <summary>Second-level names under which the registries of countries let people register, written from their rules; the full list is publicsuffix.org's, which has some 9,000.</summary>
internal static class CommonSuffixes
{
    private const string Table =
        """
        ae ac co gov mil net org sch
        ar com edu gob gov int mil net org tur
        at ac co gv or
        au asn com edu gov id net org
        bd ac com edu gov info mil net org
        bo com edu gob gov int mil net org
        br adm adv art blog com eco edu eng esp etc flog gov inf ind jor jus leg med mil mus net odo org pro psi tur tv vet
        ck *
        cn ac com edu gov mil net org ah bj cq fj gd gs gx gz ha hb he hi hk hl hn jl js jx ln mo nm nx qh sc sd sh sn sx tj tw xj xz yn zj
        co com edu gov mil net nom org
        cr ac co ed fi go or sa
        cy ac biz com gov net org
        do com edu gob gov net org
        ec com edu fin gob gov info med net org
        eg com edu eun gov mil net org sci
        gh com edu gov mil org
        gr com edu gov net org
        gt com edu gob ind mil net org
        hk com edu gov idv net org
        hu co info org
        id ac biz co desa go mil my net or sch web
        il ac co gov k12 muni net org
        in ac co edu firm gen gov ind mil net nic org res
        ir ac co gov id net org sch
        jm *
        jp ac ad co ed go gr lg ne or
        ke ac co go info me ne or sc
        kh *
        kr ac co es go hs kg mil ms ne or pe re sc
        kw com edu gov net org
        lb com edu gov net org
        lk ac com edu gov net org sch
        ma ac co gov net org press
        mm *
        mo com edu gov net org
        mx com edu gob net org
        my com edu gov mil name net org
        ng com edu gov mil mobi name net org sch
        ni ac co com edu gob net org
        np *
        nz ac co cri geek gen govt health iwi maori mil net org school
        om co com edu gov med net org
        pe com edu gob mil net nom org
        pg *
        ph com edu gov mil net ngo org
        pk com edu fam gov net org web
        pl com edu gov info net org waw
        pt com edu gov net org
        py com coop edu gov mil net org
        qa com edu gov net org sch
        ro com info org
        rs ac co edu gov in org
        sa com edu gov med net org pub sch
        sg com edu gov net org per
        sv com edu gob org red
        th ac co go in mi net or
        tn com gov ind info net org
        tr av bel bbs biz com dr edu gen gov info k12 kep mil name net org pol tel tv web
        tw club com ebiz edu game gov idv mil net org
        tz ac co go me mil ne or sc
        ua com edu gov in net org kiev kyiv lviv od kharkov dp
        ug ac co com go ne or org sc
        uk ac co gov ltd me net nhs org plc police *.sch
        uy com edu gub mil net org
        ve co com edu gob info mil net org web
        vn ac biz com edu gov health info int name net org pro
        za ac co edu gov law mil net nom org school web
        zm ac co com edu gov net org
        zw ac co gov mil org
        """;

    /// <summary>The rules: every second level of the table, and the top-level domains themselves.</summary>
    public static IEnumerable<string> Rules()
    {
        foreach (string line in Table.Split('\n', StringSplitOptions.TrimEntries))
        {
            string[] names = line.Split(' ');
            yield return names[0];
            foreach (string name in names.Skip(1))
                yield return $"{name}.{names[0]}";
        }
    }
}
