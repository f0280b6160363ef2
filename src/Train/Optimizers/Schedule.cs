namespace DataPipeline.Train;

/// <summary>Shape of the learning rate after warm-up.</summary>
public enum ScheduleShape
{
    /// <summary>Half a cosine to the least rate (Loshchilov 2017).</summary>
    Cosine,
    /// <summary>A straight line to the least rate.</summary>
    Linear,
    /// <summary>The highest rate throughout.</summary>
    Constant,
    /// <summary>Warm-up, stable, decay: constant, then down to the least rate over the last part of the run (Hu 2024), as torchtitan counts it.</summary>
    Wsd,
    /// <summary>highest * sqrt(warm-up / step) (Vaswani 2017).</summary>
    InverseSqrt,
}

/// <summary>How a stable rate goes down to the least one; p is the progress from 0 to 1.</summary>
public enum DecayShape
{
    /// <summary>1 - p.</summary>
    Linear,
    /// <summary>1 - sqrt(p), steep at first (Haegele 2024).</summary>
    Sqrt,
    /// <summary>(1 + cos(pi p)) / 2.</summary>
    Cosine,
}

/// <summary>Warm-up at step i of w: projects are off by one from each other.</summary>
public enum WarmupForm
{
    /// <summary>(i+1)/(w+1): nanoGPT.</summary>
    AboveZero,
    /// <summary>(i+1)/w: torchtitan.</summary>
    FromOne,
    /// <summary>i/w, so that the first step does nothing: Hugging Face, litgpt.</summary>
    FromZero,
}

/// <summary>The learning rate of each step, a pure function of the step number.</summary>
/// <param name="Highest">Rate when warm-up ends.</param>
/// <param name="Least">Rate when the decay ends, and after.</param>
/// <param name="Warmup">Steps of warm-up.</param>
/// <param name="End">Step at which the decay ends, counted from the start.</param>
/// <param name="Shape">Shape between.</param>
/// <param name="Form">Form of warm-up.</param>
/// <param name="WsdShare">Part of the run over which <see cref="ScheduleShape.Wsd"/> goes down.</param>
/// <param name="WsdShape">How it goes down.</param>
public sealed record Schedule(double Highest, double Least, int Warmup, int End, ScheduleShape Shape, WarmupForm Form, double WsdShare = 0.2, DecayShape WsdShape = DecayShape.Linear)
{
    /// <summary>The schedule of the options over a run of so many steps.</summary>
    public static Schedule Of(OptimizerOptions options, int steps) => new(
        options.learningRate, Math.Min(options.minLearningRate, options.learningRate), options.warmupSteps, options.decaySteps == 0 ? steps : options.decaySteps, options.schedule, options.warmup,
        options.wsdShare, options.wsdShape);

    /// <summary>The rate of a step, counted from 0.</summary>
    public double At(int step)
    {
        if (step < Warmup)
            return Highest * (Form switch
            {
                WarmupForm.AboveZero => (step + 1.0) / (Warmup + 1),
                WarmupForm.FromOne => (step + 1.0) / Warmup,
                _ => (double)step / Warmup,
            });
        if (Shape == ScheduleShape.Constant) return Highest;
        if (Shape == ScheduleShape.InverseSqrt) return Math.Max(Least, Highest * Math.Sqrt(Math.Max(1, Warmup) / (step + 1.0)));
        if (Shape == ScheduleShape.Wsd) return Least + (Highest - Least) * Remaining(WsdShape, WsdProgress(step));
        if (step >= End) return Least;
        double progress = (double)(step - Warmup) / (End - Warmup);
        return Least + (Highest - Least) * Remaining(Shape == ScheduleShape.Cosine ? DecayShape.Cosine : DecayShape.Linear, progress);
    }

    private static double Remaining(DecayShape shape, double progress) => shape switch
    {
        DecayShape.Linear => 1 - progress,
        DecayShape.Sqrt => 1 - Math.Sqrt(progress),
        _ => 0.5 * (1 + Math.Cos(Math.PI * progress)),
    };

    // torchtitan holds for N + 1 - w - D steps, so that its last step is one short of the least rate.
    private double WsdProgress(int step)
    {
        double decay = Math.Round(WsdShare * End, MidpointRounding.ToEven);
        double stable = End + 1 - Warmup - decay;
        return Math.Clamp((step + 1 - Warmup - stable) / Math.Max(1, decay), 0, 1);
    }
}
