#pragma warning disable CS0649, CS0169, IDE0051, CA1822 // Members exist to be looked at, not to be used.
namespace ShowTell.Tests.Architecture;

/// <summary>Made-up types that use one another in every way that a type can be used.</summary>
internal static class Made
{
    internal class Target;

    internal class Parent;

    internal sealed class Trouble : Exception;

    internal static class Helper
    {
        public static int Call() => 1;

        public static void Call<T>()
        {
        }
    }

    [AttributeUsage(AttributeTargets.All)]
    internal sealed class MarkAttribute(Type type) : Attribute
    {
        public Type Type { get; } = type;
    }

    internal sealed class InBase : Parent;

    internal sealed class InConstraint<T>
        where T : Parent;

    [Mark(typeof(Target))]
    internal sealed class InAttribute;

    internal sealed class InField
    {
        private readonly List<Target[]>? _field;
    }

    internal sealed class InSignature
    {
        public void Method(ref Target? parameter) => parameter = null;
    }

    internal sealed class InCall
    {
        public int Property => Helper.Call();
    }

    internal sealed class InGenericCall
    {
        public void Method() => Helper.Call<Target>();
    }

    internal sealed class InTypeOf
    {
        public string Method() => typeof(Target).Name;
    }

    internal sealed class InLambda
    {
        public Func<int, int> Method(int x) => y => x + y + Helper.Call();
    }

    internal sealed class InIterator
    {
        public IEnumerable<int> Method()
        {
            yield return Helper.Call();
        }
    }

    internal sealed class InCatch
    {
        public bool Method()
        {
            try
            {
                return Environment.ProcessorCount > 0;
            }
            catch (Trouble)
            {
                return false;
            }
        }
    }

    internal sealed class InSwitch
    {
        // The jump table stands before the call in the code.
        public int Method(int x) => x switch
        {
            0 => 5, 1 => 3, 2 => 8, 3 => 1, 4 => 9, 5 => 7, _ => Helper.Call(),
        };
    }
}
