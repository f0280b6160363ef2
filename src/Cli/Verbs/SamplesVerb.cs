using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using DataPipeline.Core;
using DataPipeline.Runs;
using DataPipeline.Tokens.Mix;
using DataPipeline.Tokens.Steps;

namespace DataPipeline.Cli;

/// <summary><c>datapipeline samples RUN</c>: the stream of a mix for any trainer, whole or divided among readers, from any sample on.</summary>
internal static class SamplesVerb
{
    public static Command Command()
    {
        var folder = new Argument<string>("RUN") { Description = "folder of a run that has a mix" };
        var context = new Option<int>("--context") { Description = "inputs of a sample", Required = true };
        var packing = new Option<string>("--packing") { Description = "documents, contiguous, best_fit, best_fit_crop or padded", DefaultValueFactory = _ => "documents", HelpName = "KIND" };
        var reader = new Option<string>("--reader") { Description = "which of how many readers this is, from 0", DefaultValueFactory = _ => "0/1", HelpName = "I/N" };
        var start = new Option<long>("--start") { Description = "samples that all readers together have read before" };
        var step = new Option<string>("--mix") { Description = "step that made the mix: mix of pretraining, or mix.sft", DefaultValueFactory = _ => "mix", HelpName = "STEP" };
        var count = new Option<long>("--count") { Description = "samples of this reader; to the end if not given", DefaultValueFactory = _ => long.MaxValue };
        var ids = new Option<bool>("--ids") { Description = "with the ids of the documents that each sample is made of; reads the token shards once" };
        var command = new Command("samples", "Prints the samples of a mix as JSON lines: number, source, inputs, targets, documents; the same for any number of readers.")
        {
            folder, context, packing, reader, start, count, step, ids,
        };
        command.SetAction(parsed => Print(new RunFolder(parsed.GetValue(folder)!), parsed.GetValue(context), Kind(parsed.GetValue(packing)!), parsed.GetValue(step)!,
            Share(parsed.GetValue(reader)!, parsed.GetValue(start)), parsed.GetValue(count), parsed.GetValue(ids)));
        return command;
    }

    private static int Print(RunFolder run, int context, Packing packing, string step, ReaderShare reader, long count, bool withIds)
    {
        if (context < 1)
            throw new ConfigurationException($"--context {context}: a sample has at least one input");
        Artifact mix = run.Output(step) ?? throw new InputException($"{run.Path}: no finished step {step}");
        using Loader loader = MixArtifact.Open(mix, context, packing);
        count = Math.Min(count, reader.RoundsOf(loader.SampleCount));
        Func<long, IReadOnlyList<string>>? idsOf = withIds ? Ids(run, mix, loader, reader, count) : null;
        long[] inputs = new long[context], targets = new long[context], positions = new long[context];
        int[] documents = new int[context];
        using Stream output = Console.OpenStandardOutput();
        var line = new StringBuilder();
        for (long round = 0; round < count; round++)
        {
            long number = reader.SampleOf(round);
            Sample sample = loader.Read(number, new SampleRow(inputs, targets, documents, positions));
            line.Clear().Append(CultureInfo.InvariantCulture, $"{{\"sample\":{number},\"source\":{JsonSerializer.Serialize(loader.Plan.Shares[sample.Source].Source)}")
                .Append(",\"inputs\":[").AppendJoin(',', inputs).Append("],\"targets\":[").AppendJoin(',', targets);
            if (packing != Packing.Contiguous)
                line.Append("],\"documents\":[").AppendJoin(',', documents);
            if (idsOf is not null)
                line.Append("],\"ids\":[").AppendJoin(',', idsOf(number).Select(id => JsonSerializer.Serialize(id)));
            // A line at a time: what another program has read whole is what was delivered.
            output.Write(Encoding.UTF8.GetBytes(line.Append("]}\n").ToString()));
        }
        return ExitCode.Done;
    }

    private static Func<long, IReadOnlyList<string>> Ids(RunFolder run, Artifact mix, Loader loader, ReaderShare reader, long count)
    {
        Artifact tokens = run.Latest(ArtifactKind.Tokens) ?? throw new InputException($"{run.Path}: its token shards are not in it: name the run that made them, or leave out --ids");
        return SampleDocuments.Of(mix, tokens, loader, Rounds());

        IEnumerable<long> Rounds()
        {
            for (long round = 0; round < count; round++)
                yield return reader.SampleOf(round);
        }
    }

    private static Packing Kind(string name) => name switch
    {
        "documents" => Packing.Documents,
        "contiguous" => Packing.Contiguous,
        "best_fit" => Packing.BestFit,
        "best_fit_crop" => Packing.BestFitCrop,
        "padded" => Packing.Padded,
        _ => throw new ConfigurationException($"--packing {name}: expected documents, contiguous, best_fit, best_fit_crop or padded"),
    };

    private static ReaderShare Share(string reader, long start) => reader.Split('/') is [var own, var all]
        && int.TryParse(own, NumberStyles.None, CultureInfo.InvariantCulture, out int rank) && int.TryParse(all, NumberStyles.None, CultureInfo.InvariantCulture, out int world)
        && rank < world && start >= 0 ? new ReaderShare(rank, world, start)
        : throw new ConfigurationException($"--reader {reader} --start {start}: expected a reader such as 0/4, of readers from 0, and a start of at least 0");
}
