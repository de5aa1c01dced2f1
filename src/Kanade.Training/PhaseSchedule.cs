namespace Kanade.Training;

/// <summary>A part of a stage, by its name: what trains in it is the stage's affair.</summary>
/// <param name="Name">As it is printed.</param>
public sealed record Phase(string Name)
{
    /// <summary>The whole of a stage that has one phase.</summary>
    public static readonly Phase Training = new("training");

    /// <summary>The acoustic stage rebuilds recordings by their spectra alone.</summary>
    public static readonly Phase Reconstruction = new("reconstruction");

    /// <summary>The acoustic stage has discriminators, and an aligner that learns from them ("TMA" in StyleTTS).</summary>
    public static readonly Phase Adversarial = new("adversarial");

    /// <summary>The prosody stage learns durations, pitch and energy.</summary>
    public static readonly Phase Prosody = new("durations, pitch and energy");

    /// <summary>The style diffusion learns too, and the discriminators judge.</summary>
    public static readonly Phase Diffusion = new("style diffusion");

    /// <summary>Decoder and acoustic style encoder are tuned to predicted pitch and energy.</summary>
    public static readonly Phase Joint = new("joint with the decoder");

    /// <summary>Texts are spoken with predicted durations and sampled styles, and judged by the SLM discriminator.</summary>
    public static readonly Phase SlmAdversarial = new("SLM adversarial");
}

/// <summary>The phases of a stage, which the loop asks and which is printed before the first step. A phase that has begun goes on to the
/// end.</summary>
/// <param name="Starts">Each phase with its first step, at least one; the first begins at 0.</param>
public sealed record PhaseSchedule(params IReadOnlyList<(Phase Phase, long From)> Starts)
{
    /// <summary>Of a stage with one phase.</summary>
    public static readonly PhaseSchedule OfOnePhase = new((Phase.Training, 0));

    /// <summary>Whether a phase has begun in a step, counted from 0.</summary>
    public bool HasBegun(Phase phase, long step) => step >= FirstOf(phase);

    /// <summary>The first step of a phase; beyond every step for a phase that the stage has not.</summary>
    public long FirstOf(Phase phase) => Starts.Where(s => s.Phase == phase).Select(s => s.From).DefaultIfEmpty(long.MaxValue).First();

    /// <summary>The phase that began last in a run of so many steps done: best scores and patience belong to it.</summary>
    public Phase After(long steps) => Starts.Where(s => s.From <= Math.Max(0, steps - 1)).MaxBy(s => s.From).Phase;

    /// <summary>The same without a phase that cannot come.</summary>
    public PhaseSchedule Without(Phase phase) => new([.. Starts.Where(s => s.Phase != phase)]);

    /// <summary>One line for the log: the phases that a run of so many steps reaches, and those it does not.</summary>
    public string Describe(long steps) => string.Join(
        "; ",
        Starts.OrderBy(s => s.From).Select(s => s.From < steps
            ? FormattableString.Invariant($"{s.Phase.Name} from step {s.From}")
            : FormattableString.Invariant($"{s.Phase.Name} never (from step {s.From} of {steps})")));
}
