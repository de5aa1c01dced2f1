using Kanade.Tests.Architecture;

namespace Kanade.Tests.EndToEnd;

/// <summary>
/// The whole chain, by the built program, once for all tests that need a part of it: the sample corpus to a dataset, and every stage for
/// so few steps that each of its phases is entered.
/// </summary>
public sealed class Chain : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public Chain()
    {
        Run("preprocess", Path.Combine(Repository.Root, "tests", "Corpus"), "--out", File("dataset"));
        Run(["pretrain", "aligner", .. Stage("aligner", 3)]);
        Run(["pretrain", "pitch", .. Stage("pitch", 3)]);
        Run(["pretrain", "plbert", .. Stage("plbert", 3)]);
        Run(["train-first", .. First(4)]);
        Run(["train-second", .. Second(8)]);
    }

    /// <summary>A path in the chain's folder.</summary>
    public string File(string name) => _folder.File(name);

    /// <summary>The acoustic stage's arguments, its adversarial phase from the third step on.</summary>
    public string[] First(int steps, string run = "first", string aligner = "aligner") =>
        [.. Stage("first", steps, run), "--aligner", File(aligner), "--pitch", File("pitch"), "-o", "adversarial_from=2"];

    /// <summary>The prosody stage's arguments, a phase every two steps.</summary>
    public string[] Second(int steps, string run = "second") =>
        [.. Stage("second", steps, run), "--first", File("first"), "--bert", File("plbert"), "-o", "diffusion_from=2", "-o", "joint_from=4", "-o", "slm_from=6"];

    /// <summary>Arguments of any stage with its tiny configuration.</summary>
    public string[] Stage(string kind, int steps, string? run = null, string dataset = "dataset") =>
    [
        "--config", Path.Combine(Repository.Root, "Configs", "tiny", kind + ".yml"), "--dataset", File(dataset), "--out", File(run ?? kind),
        "-o", $"run.steps={steps}", "-o", "run.warmup_steps=0", "-o", "run.batch_size=2", "-o", "run.log_every=1",
    ];

    public void Dispose() => _folder.Dispose();

    static void Run(params string[] arguments) => BuiltProgram.Run(arguments).Left(0);
}
