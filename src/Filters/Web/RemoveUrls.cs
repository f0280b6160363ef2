using System.Buffers;
using System.Text;
using DataPipeline.Core;
using DataPipeline.Core.Config;

namespace DataPipeline.Filters;

/// <summary>Takes addresses out of the text with the white space before them, as RefinedWeb and DCLM do (Li et al. 2024, arXiv 2406.11794): <c>https://...</c>, <c>example.org/page</c>
/// and addresses of four numbers. A host without <c>https://</c> counts when it ends in a known top-level domain in small letters. Never drops.</summary>
/// <param name="bare">Also take out hosts that do not begin with <c>http://</c>, <c>https://</c> or <c>ftp://</c>.</param>
[Stage("remove_urls")]
public sealed class RemoveUrls(bool bare = true) : Filter
{
    private const int MostSpaceBefore = 10;
    private const string HostMarks = "-@:%._+~#=", PathMarks = HostMarks + "()?&/";
    private const string AsciiAlphanumeric = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    private static readonly SearchValues<char> HostCharacters = SearchValues.Create(AsciiAlphanumeric + HostMarks), PathCharacters = SearchValues.Create(AsciiAlphanumeric + PathMarks);
    private static readonly string[] Schemes = ["https://", "http://", "ftp://"];

    // All domains of countries and the older and commoner of the others: DCLM takes the list of IANA, which has some 1400.
    internal static readonly string[] TopLevelDomains =
    [
        .. ("ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bv bw by bz ca cc cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk "
            + "dm do dz ec ee eg er es et eu fi fj fk fm fo fr ga gb gd ge gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh "
            + "ki km kn kp kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx my mz na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg "
            + "ph pk pl pm pn pr ps pt pw py qa re ro rs ru rw sa sb sc sd se sg sh si sj sk sl sm sn so sr ss st su sv sx sy sz tc td tf tg th tj tk tl tm tn to tr tt tv tw tz ua ug uk us uy "
            + "uz va vc ve vg vi vn vu wf ws ye yt za zm zw "
            + "com org net edu gov mil int arpa info biz name pro aero asia cat coop jobs mobi museum post tel travel xxx app blog cloud club design dev digital email games global group guru "
            + "health life link live media mobile network news ninja one online page photo photos press rocks shop site social software solutions space store stream studio systems team tech "
            + "today tools top video vip website wiki win work world wtf xyz zone").Split(' '),
    ];

    private static readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> Known = TopLevelDomains.ToHashSet(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();

    /// <inheritdoc/>
    public override Verdict Judge(Document document) => Verdict.Keep(document.MapText(Edit));

    internal string Edit(string text)
    {
        StringBuilder? left = null;
        int copied = 0;
        // Every address holds a point or a scheme: what stands around one without white space is looked at.
        int at = 0;
        while (text.AsSpan(at).IndexOfAny('.', '/') is >= 0 and var next)
        {
            int found = at + next;
            int start = found, end = found;
            while (start > at && PathCharacters.Contains(text[start - 1]))
                start--;
            while (end < text.Length && PathCharacters.Contains(text[end]))
                end++;
            at = end;
            int url = Find(text.AsSpan(start, end - start));
            if (url < 0)
                continue;
            int before = start + url, spaces = 0;
            while (before > copied && spaces < MostSpaceBefore && TextView.IsSpace(text[before - 1]))
                (before, spaces) = (before - 1, spaces + 1);
            (left ??= new StringBuilder(text.Length)).Append(text, copied, before - copied);
            copied = end;
        }
        return left is null ? text : left.Append(text, copied, text.Length - copied).ToString();
    }

    /// <summary>Where an address begins in a run of its characters, of which it takes the rest; -1 where there is none.</summary>
    private int Find(ReadOnlySpan<char> run)
    {
        for (int at = 0; at < run.Length;)
        {
            int length = run[at..].IndexOfAnyExcept(HostCharacters);
            ReadOnlySpan<char> host = length < 0 ? run[at..] : run.Slice(at, length);
            int scheme = SchemeBefore(run[..at]);
            if (scheme > 0 && host.Length > 0)
                return at - scheme;
            if (bare && HasTopLevelDomain(host))
                return at;
            int numbers = bare ? FourNumbers(host) : -1;
            if (numbers >= 0)
                return at + numbers;
            at += host.Length + 1;
        }
        return -1;
    }

    private static int SchemeBefore(ReadOnlySpan<char> text)
    {
        foreach (string scheme in Schemes)
        {
            if (text.EndsWith(scheme))
                return scheme.Length;
        }
        return 0;
    }

    private static bool HasTopLevelDomain(ReadOnlySpan<char> host)
    {
        for (int dot = host.IndexOf('.'); dot >= 0;)
        {
            int end = dot + 1;
            while (end < host.Length && IsWord(host[end]))
                end++;
            if (dot > 0 && Known.Contains(host[(dot + 1)..end]))
                return true;
            int next = host[(dot + 1)..].IndexOf('.');
            dot = next < 0 ? -1 : dot + 1 + next;
        }
        return false;
    }

    private static int FourNumbers(ReadOnlySpan<char> host)
    {
        for (int start = 0; start < host.Length; start++)
        {
            if (!char.IsAsciiDigit(host[start]) || (start > 0 && IsWord(host[start - 1])))
                continue;
            int at = start, numbers = 0;
            for (; numbers < 4; numbers++)
            {
                int end = at;
                while (end < host.Length && end - at < 3 && char.IsAsciiDigit(host[end]))
                    end++;
                if (end == at || (numbers < 3 && ((end - at == 3 && host[at] > '2') || end == host.Length || host[end] != '.')))
                    break;
                at = end + 1;
            }
            if (numbers == 4)
                return start;
        }
        return -1;
    }

    private static bool IsWord(char c) => char.IsAsciiLetterOrDigit(c) || c == '_';
}
