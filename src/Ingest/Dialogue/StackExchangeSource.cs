using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Xml;
using DataPipeline.Core;
using DataPipeline.Core.Config;
using DataPipeline.Ingest.Compression;
using DataPipeline.Ingest.Files;
using DataPipeline.Ingest.Web.Html;

namespace DataPipeline.Ingest.Dialogue;

/// <summary>Posts.xml of a Stack Exchange dump: each question with its accepted answer, or else its best-scored one, as a dialogue of two
/// messages.</summary>
/// <remarks>The file is read twice: first which answer each question wants (about 100 bytes a question), then the texts. Memory: those choices and
/// the questions whose answer has not come yet.</remarks>
/// <param name="files">Paths or patterns of the files.</param>
/// <param name="minAnswerScore">Lowest score of an answer that nobody accepted; an accepted one is taken at any score.</param>
/// <param name="maxExpansion">Largest growth of a compressed member, decompressed bytes for one stored byte.</param>
[Stage("stack_exchange")]
public sealed class StackExchangeSource(
    IReadOnlyList<string> files,
    [Range(-1000, 1000)] int minAnswerScore = 1,
    [Range(1.0, 1e9)] double maxExpansion = FileSource.DefaultMaxExpansion) : FileSource(files, DefaultMaxRecordBytes, maxExpansion)
{
    /// <inheritdoc/>
    public override IEnumerable<RawRecord> Read(InputFile file, CancellationToken cancel = default)
    {
        var best = new Dictionary<long, (long Answer, int Score, bool Accepted)>();
        foreach (Post post in Posts(file, null, cancel))
        {
            if (post.Type == 1 && post.Accepted != 0)
                best[post.Id] = (post.Accepted, post.Score, true);
            else if (post.Type == 2 && (!best.TryGetValue(post.Parent, out var now) || !now.Accepted && post.Score > now.Score))
                best[post.Parent] = (post.Id, post.Score, false);
        }
        var waiting = new Dictionary<long, Post>();
        var problems = new List<string>();
        long number = 0;
        foreach (Post post in Posts(file, problems, cancel))
        {
            if (post.Type == 1 && !best.ContainsKey(post.Id))
                yield return Record(new Origin(file.Path, number++), post, null);
            else if (post.Type == 1)
                waiting[post.Id] = post;
            else if (post.Type == 2 && best.TryGetValue(post.Parent, out var choice) && choice.Answer == post.Id
                && waiting.Remove(post.Parent, out Post? question))
                yield return Record(new Origin(file.Path, number++), question, post with { Accepted = choice.Accepted ? 1 : 0 });
        }
        // Their answers stand before them, or are not in the dump.
        foreach (Post question in waiting.Values.OrderBy(question => question.Id))
            yield return Record(new Origin(file.Path, number++), question, null);
        foreach (string problem in problems)
            yield return RawRecord.Unreadable(new Origin(file.Path, number++), problem[..problem.IndexOf(' ')],
                problem[(problem.IndexOf(' ') + 1)..]);
    }

    /// <inheritdoc/>
    public override Verdict Parse(RawRecord record)
    {
        if (!record.Fields.TryGetValue("answer", out string? answer))
            return Verdict.Drop("no_reply", detail: $"question {record.Fields["id"]}");
        int score = int.Parse(record.Fields["score"], CultureInfo.InvariantCulture);
        if (record.Fields["accepted"] == "0" && score < minAnswerScore)
            return Verdict.Drop("low_score", measured: score, limit: minAnswerScore);
        string question = PageBlock.PlainText(MainText.All(HtmlParser.Parse(record.Fields["question"])));
        string reply = WellFormed.Text(PageBlock.PlainText(MainText.All(HtmlParser.Parse(answer))));
        string title = record.Fields["title"];
        if (reply.Length == 0)
            return Verdict.Drop("no_reply", detail: "the answer is empty");
        Document document = new Document(record.Origin, [new Part("user", WellFormed.Text(title.Length == 0 ? question : $"{title}\n\n{question}")),
            new Part("assistant", reply)])
            .With("id", record.Fields["id"]).With("score", record.Fields["score"]);
        return Verdict.Keep(record.Fields["tags"].Length == 0 ? document : document.With("tags", WellFormed.Text(record.Fields["tags"])));
    }

    private static RawRecord Record(Origin origin, Post question, Post? answer)
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["id"] = question.Id.ToString(CultureInfo.InvariantCulture),
            ["title"] = question.Title,
            ["question"] = question.Body,
            ["tags"] = question.Tags.Trim('<', '>', '|').Replace("><", ",", StringComparison.Ordinal).Replace('|', ','),
        };
        if (answer is not null)
        {
            fields["answer"] = answer.Body;
            fields["score"] = answer.Score.ToString(CultureInfo.InvariantCulture);
            fields["accepted"] = answer.Accepted.ToString(CultureInfo.InvariantCulture);
        }
        return new RawRecord(origin, default, fields);
    }

    /// <summary>The rows; without <paramref name="problems"/> only their numbers. Broken XML ends the file and is noted as "reason
    /// detail".</summary>
    private IEnumerable<Post> Posts(InputFile file, List<string>? problems, CancellationToken cancel)
    {
        using ByteFlow flow = Open(file, cancel);
        var settings = new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null, CheckCharacters = false,
            IgnoreWhitespace = true };
        using var xml = XmlReader.Create(new FlowStream(flow), settings);
        while (true)
        {
            Post? post = null;
            try
            {
                while (post is null && xml.Read())
                {
                    cancel.ThrowIfCancellationRequested();
                    if (xml.NodeType == XmlNodeType.Element && xml.Name == "row")
                        post = Row(xml, problems is not null);
                }
            }
            catch (XmlException e)
            {
                if (flow.Damage is null)
                    problems?.Add($"bad_xml {e.Message}");
            }
            if (post is null)
                break;
            yield return post;
        }
        if (flow.Damage is { } damage)
            problems?.Add($"{damage.Reason} {damage.Detail}");
    }

    private static Post Row(XmlReader row, bool texts) => new(
        Number(row, "Id"), (int)Number(row, "PostTypeId"), Number(row, "ParentId"), Number(row, "AcceptedAnswerId"), (int)Number(row, "Score"),
        texts ? row.GetAttribute("Title") ?? "" : "", texts ? row.GetAttribute("Body") ?? "" : "", texts ? row.GetAttribute("Tags") ?? "" : "");

    private static long Number(XmlReader row, string name) =>
        long.TryParse(row.GetAttribute(name), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value) ? value : 0;

    private sealed record Post(long Id, int Type, long Parent, long Accepted, int Score, string Title, string Body, string Tags);
}
