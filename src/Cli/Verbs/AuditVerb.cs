using System.CommandLine;
using DataPipeline.Core;
using DataPipeline.Runs;
using DataPipeline.Tokens.Mix;

namespace DataPipeline.Cli;

/// <summary><c>datapipeline audit RUN</c>: what pretraining and supervised fine-tuning consumed of each source against the plan of their mixes.</summary>
internal static class AuditVerb
{
    public static Command Command()
    {
        var folder = new Argument<string>("RUN") { Description = "folder of a run that pretrained or fine-tuned" };
        var from = new Option<long>("--from") { Description = "steps before the window to look at" };
        var to = new Option<long>("--to") { Description = "last step of the window; the last of the training if not given", DefaultValueFactory = _ => long.MaxValue };
        var command = new Command("audit", "Compares the tokens consumed by source with the mix; exits 3 if one is off by more than 0.1 % or one batch.") { folder, from, to };
        command.SetAction(parsed => Audit(new RunFolder(parsed.GetValue(folder)!), parsed.GetValue(from), parsed.GetValue(to)));
        return command;
    }

    private static int Audit(RunFolder run, long from, long to)
    {
        (Artifact Trained, Artifact Mix)[] steps = [.. Steps(run)];
        if (steps.Length == 0)
            throw new InputException($"{run.Path}: no finished step train.pretrain or train.sft to audit");
        string[] wrong = [.. steps.SelectMany(step => Audit(step.Trained, step.Mix, from, to))];
        return wrong.Length == 0 ? ExitCode.Done : throw new InputException(string.Join('\n', wrong));
    }

    private static IEnumerable<(Artifact Trained, Artifact Mix)> Steps(RunFolder run)
    {
        if (run.Output("train.pretrain") is { } pretrained)
        {
            yield return (pretrained, run.Latest(ArtifactKind.Mix) ?? run.Output("mix")
                ?? ShowVerb.RunPlannerOf(run).From.Reverse().Select(earlier => earlier.Latest(ArtifactKind.Mix)).OfType<Artifact>().FirstOrDefault()
                ?? throw new InputException($"{run.Path}: the mix it trained on is in no run at hand"));
        }
        if (run.Output("train.sft") is { } tuned)
            yield return (tuned, run.Output("mix.sft") ?? throw new InputException($"{run.Path}: the mix it was fine-tuned on is not in it"));
    }

    private static IEnumerable<string> Audit(Artifact trained, Artifact mix, long from, long to)
    {
        MixAudit audit = MixAudit.Of(mix, trained, from, to);
        Console.WriteLine($"{trained.Manifest.Step}:");
        Console.WriteLine($"{audit.Steps:N0} steps, {audit.Tokens:N0} tokens, padding {audit.PaddingShare:P2}; a source may be off by {audit.Allowed:N0} tokens");
        Console.WriteLine($"{"source",-20} {"asked",8} {"planned",8} {"consumed",9} {"tokens",16} {"off",12} {"worst window",13} {"epochs",8}");
        foreach (SourceAudit source in audit.Sources)
        {
            double share = audit.Tokens == 0 ? 0 : (double)source.Tokens / audit.Tokens;
            Console.WriteLine($"{source.Source,-20} {source.Asked,8:P2} {source.Share,8:P2} {share,9:P3} {source.Tokens,16:N0} {source.Tokens - source.Planned,12:N0} {source.WorstWindow,13:N0} {source.Epochs,8:F2}");
        }
        return audit.Wrong.Select(source =>
            $"{trained.Folder}: source {source.Source} consumed {source.Tokens:N0} tokens where {source.Planned:N0} were planned: more than {audit.Allowed:N0} off; train again from this mix");
    }
}
