using DataPipeline.Tokens;

namespace DataPipeline.Bench.Tokens;

/// <summary>Reading a tokenizer's file and encoding a first sentence. Argument: the file. Its first run is that of a new process.</summary>
internal sealed class LoadingSide : Side
{
    private string _file = "";

    public override void Prepare(string[] arguments) => _file = arguments[0];

    public override Outcome Run()
    {
        long before = GC.GetTotalMemory(forceFullCollection: false);
        Tokenizer tokenizer = Tokenizer.Load(_file);
        tokenizer.EncodeToIds("A first sentence, with aWordThatIsNoToken \u4F60\u597D.");
        double megabytes = (GC.GetTotalMemory(forceFullCollection: true) - before) / 1e6;
        GC.KeepAlive(tokenizer);
        return new Outcome(null, new Dictionary<string, double> { ["tables MB"] = megabytes });
    }
}
